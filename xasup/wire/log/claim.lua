-- A new producer of this name: whoever had the name before appends no more. Answers its epoch.
-- KEYS: the producer's state. ARGV: seconds that the state is kept ("0": for ever).
local epoch = (redis.call("HGET", KEYS[1], "epoch") or 0) + 1
redis.call("DEL", KEYS[1])
redis.call("HSET", KEYS[1], "epoch", epoch)
if ARGV[1] ~= "0" then redis.call("EXPIRE", KEYS[1], ARGV[1]) end
return epoch
