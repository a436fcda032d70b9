-- SPDX-License-Identifier: MIT
-- Whoever has an account may create nodes, as on ejabberd; Prosody itself leaves it to admins.

local config = module:depends("pubsub").get_service().config;

-- The table is shared with every other pubsub service of the process: change a copy.
local capabilities = setmetatable({}, { __index = config.capabilities });
capabilities.none = setmetatable({ create = true }, { __index = config.capabilities.none });
config.capabilities = capabilities;
