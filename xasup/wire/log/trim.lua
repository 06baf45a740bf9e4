-- Looks at the memory that the streams take, and where it is too much drops the oldest records, but only what every
-- consumer has committed. Of dead letters, which nobody consumes, and which anybody can write, only the newest are kept.
-- Answers the bytes that they took, and how many dead letters were dropped.
-- KEYS: what was committed ("stream consumer" -> position), then the streams. ARGV: bytes up to which all is kept, bytes
--   of dead letters that are kept, the stream of these, then the streams as the fields of KEYS[1] name them.
local call, keep, keep_dead, dead = redis.call, tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3]
local NAMES = 2 -- where a key stands, its name stands so much further
local SAMPLES = 50 -- of the nodes of a stream, for its size
local AT_LEAST = 200 -- Redis drops whole nodes, of 100 records by its default
local sizes, total, dropped = {}, 0, 0

for i = 2, #KEYS do
  sizes[i] = call("MEMORY", "USAGE", KEYS[i], "SAMPLES", SAMPLES) or 0
  if ARGV[i + NAMES] == dead and sizes[i] > keep_dead then
    local stay = math.floor(call("XLEN", KEYS[i]) * keep_dead / sizes[i])
    dropped = call("XTRIM", KEYS[i], "MAXLEN", "=", stay)
    sizes[i] = call("MEMORY", "USAGE", KEYS[i], "SAMPLES", SAMPLES) or 0
  end
  total = total + sizes[i]
end
if total <= keep then return {total, dropped} end

local function parts(position)
  local ms, n = position:match("^(%d+)%-(%d+)$")
  return tonumber(ms), tonumber(n)
end

local committed = call("HGETALL", KEYS[1])

-- The lowest position that any consumer of the stream has committed; nil where one has committed nothing yet, or
-- nobody follows the stream.
local function lowest(name)
  local low, low_ms, low_n
  for i = 1, #committed, 2 do
    if committed[i]:match("^(%S+) ") == name then
      local ms, n = parts(committed[i + 1])
      if not ms then return nil end
      if not low or ms < low_ms or (ms == low_ms and n < low_n) then low, low_ms, low_n = committed[i + 1], ms, n end
    end
  end
  return low
end

for i = 2, #KEYS do
  local low = sizes[i] > 0 and lowest(ARGV[i + NAMES])
  if low then
    local surplus = math.ceil(call("XLEN", KEYS[i]) * (total - keep) / total)
    call("XTRIM", KEYS[i], "MINID", "~", low, "LIMIT", math.max(AT_LEAST, surplus))
  end
end
return {total, dropped}
