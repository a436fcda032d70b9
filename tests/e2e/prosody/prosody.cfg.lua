-- SPDX-License-Identifier: MIT
-- A private Prosody on loopback. scripts/server fills in what stands between @ signs.

data_path = "@DIR@/data"
pidfile = "@DIR@/data/prosody.pid"
plugin_paths = { "@DIR@/plugins" }
certificates = "@DIR@/tls"
log = { info = "@DIR@/log/server.log" }

interfaces = { "127.0.0.1" }
local_interfaces = { "127.0.0.1" }
c2s_ports = { @C2S_PORT@ }
c2s_direct_tls_ports = { @TLS_PORT@ }
component_ports = { @COMPONENT_PORT@ }
network_settings = { nagle = false }

ssl = { key = "@DIR@/tls/localhost.key", certificate = "@DIR@/tls/localhost.crt" }
c2s_require_encryption = true
authentication = "internal_hashed"
default_iteration_count = 4096
storage = "internal"

modules_enabled = {
	"component", "disco", "pep", "ping", "roster", "saslauth", "smacks", "time", "tls", "version",
}
modules_disabled = { "s2s" }
admins = { "test@@DOMAIN@" }

VirtualHost "@DOMAIN@"

-- The server's own service: tests run against it as well, which tests the tests.
Component "reference.@DOMAIN@" "pubsub"
	modules_enabled = { "open_creation" }
	autocreate_on_publish = true
	expose_publisher = true
	pubsub_max_items = 10000

Component "pubsub.@DOMAIN@"
	component_secret = "@SECRET@"

-- For a second service beside it.
Component "other.@DOMAIN@"
	component_secret = "@SECRET@"
