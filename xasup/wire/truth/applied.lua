-- Notes how far a node has followed the changes, tells those who wait for it, and trims what nobody needs any more.
-- KEYS: applied (node -> position), stream of changes, table of other followers' positions.
-- ARGV: node, position, channel, number of changes to keep.
local keep = tonumber(ARGV[4])

-- Not propagated: the node's own file holds the position durably, and a write here would cost one more sync to disk.
redis.set_repl(redis.REPL_NONE)
redis.call("HSET", KEYS[1], ARGV[1], ARGV[2])
redis.set_repl(redis.REPL_ALL)
redis.call("PUBLISH", ARGV[3], ARGV[2])

if redis.call("XLEN", KEYS[2]) <= keep * 1.1 then return 0 end

local function parts(position)
  local ms, sequence = position:match("^(%d+)%-(%d+)$")
  return tonumber(ms), tonumber(sequence)
end

local slowest = ARGV[2]
for _, key in ipairs({ KEYS[1], KEYS[3] }) do
  for _, position in ipairs(redis.call("HVALS", key)) do
    local ms, sequence = parts(position)
    local low_ms, low_sequence = parts(slowest)
    if ms and (ms < low_ms or (ms == low_ms and sequence < low_sequence)) then slowest = position end
  end
end

-- With so few changes left to follow, the slowest is well inside what stays.
local glance = math.min(1000, keep)
if #redis.call("XRANGE", KEYS[2], "(" .. slowest, "+", "COUNT", glance) == glance then return 0 end
return redis.call("XTRIM", KEYS[2], "MAXLEN", "~", keep)
