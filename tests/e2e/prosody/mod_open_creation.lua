-- SPDX-License-Identifier: MIT
-- Whoever has an account may create nodes, as on ejabberd; Prosody itself leaves it to admins.

local config = module:depends("pubsub").get_service().config;

-- The table is shared with every other pubsub service of the process: change a copy.
local capabilities = setmetatable({}, { __index = config.capabilities });
-- To a node that does not exist yet one is what its defaults would make one.
for _, affiliation in ipairs({ "none", "member" }) do
	capabilities[affiliation] = setmetatable({ create = true }, { __index = config.capabilities[affiliation] });
end
config.capabilities = capabilities;
