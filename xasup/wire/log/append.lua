-- Appends one batch of a producer, once: a batch that was appended already is answered from memory.
-- KEYS: the producer's state, then a stream for each group.
-- ARGV: epoch, number of the batch, "1" for the first batch of a connection, batches remembered, seconds that the state
--   is kept ("0": for ever), then for each group the number of its records, and for each record key, value, headers.
-- Answers the first position of each group, as "ms-n ms-n"; the others follow it, n by n.
-- A position's n counts the records that the stream has ever had: how many lie between two is a subtraction.
local call, argv = redis.call, ARGV
local state, number, remembered = KEYS[1], tonumber(argv[2]), tonumber(argv[4])
local slot = "batch" .. number % remembered
local known = call("HMGET", state, "epoch", "last", slot)

if known[1] and known[1] ~= argv[1] then
  return redis.error_reply("FENCED another " .. known[1] .. " has taken over from " .. argv[1])
end

local last = tonumber(known[2] or 0)
if known[1] and known[2] and number <= last then
  local numbered, positions = known[3]:match("^(%d+) (.*)$")
  if numbered == argv[2] then return positions end
  return redis.error_reply("FORGOTTEN batch " .. argv[2])
end
-- A gap means that the batch before was refused, or that Redis has lost its data: the first of a connection fills it.
if argv[3] ~= "1" and (not known[1] or number ~= last + 1) then
  return redis.error_reply("GAP after batch " .. last)
end

local now = call("TIME")
local ms = now[1] * 1000 + math.floor(now[2] / 1000)

-- The milliseconds and the n that come next in a stream.
local function following(stream)
  if call("EXISTS", stream) == 0 then return ms, 1 end
  local facts = call("XINFO", "STREAM", stream)
  local newest, added
  for i = 1, #facts, 2 do
    if facts[i] == "last-generated-id" then newest = facts[i + 1] end
    if facts[i] == "entries-added" then added = facts[i + 1] end
  end
  local last_ms, last_n = newest:match("^(%d+)%-(%d+)$")
  return math.max(ms, tonumber(last_ms)), math.max(added, tonumber(last_n)) + 1
end

local firsts, at = {}, 6
for group = 2, #KEYS do
  local stream, count = KEYS[group], tonumber(argv[at])
  local at_ms, n = following(stream)
  local prefix = string.format("%.0f-", at_ms)
  firsts[group - 1] = prefix .. n
  for i = at + 1, at + 3 * count, 3 do
    call("XADD", stream, prefix .. n, "key", argv[i], "value", argv[i + 1], "headers", argv[i + 2])
    n = n + 1
  end
  at = at + 1 + 3 * count
end

local positions = table.concat(firsts, " ")
call("HSET", state, "epoch", argv[1], "last", argv[2], slot, argv[2] .. " " .. positions)
if argv[5] ~= "0" then call("EXPIRE", state, argv[5]) end
return positions
