-- Looks at the memory that the streams take, and where it is too much drops the oldest records, but only what every
-- consumer has committed. Of streams with a bound of their own, which nobody consumes, only the newest are kept.
-- Answers the bytes that they took, then for each stream how many of its records the bound of its own has dropped.
-- KEYS: what was committed ("stream consumer" -> position), then the streams. ARGV: bytes up to which all is kept, then
--   for each stream its name, as the fields of KEYS[1] have it, and the bytes that it may take, -1 for no bound.
local call, keep = redis.call, tonumber(ARGV[1])
local SAMPLES = 50 -- of the nodes of a stream, for its size
local AT_LEAST = 200 -- Redis drops whole nodes, of 100 records by its default
local sizes, told, total = {}, {}, 0

local function name(i) return ARGV[2 * i - 2] end
local function most(i) return tonumber(ARGV[2 * i - 1]) end
local function size(i) return call("MEMORY", "USAGE", KEYS[i], "SAMPLES", SAMPLES) or 0 end

for i = 2, #KEYS do
  sizes[i], told[i] = size(i), 0
  if most(i) >= 0 and sizes[i] > most(i) then
    local stay = math.floor(call("XLEN", KEYS[i]) * most(i) / sizes[i])
    told[i] = call("XTRIM", KEYS[i], "MAXLEN", "=", stay)
    sizes[i] = size(i)
  end
  total = total + sizes[i]
end
told[1] = total
if total <= keep then return told end

local function parts(position)
  local ms, n = position:match("^(%d+)%-(%d+)$")
  return tonumber(ms), tonumber(n)
end

local committed = call("HGETALL", KEYS[1])

-- The lowest position that any consumer of the stream has committed; nil where one has committed nothing yet, or
-- nobody follows the stream.
local function lowest(stream)
  local low, low_ms, low_n
  for i = 1, #committed, 2 do
    if committed[i]:match("^(%S+) ") == stream then
      local ms, n = parts(committed[i + 1])
      if not ms then return nil end
      if not low or ms < low_ms or (ms == low_ms and n < low_n) then low, low_ms, low_n = committed[i + 1], ms, n end
    end
  end
  return low
end

for i = 2, #KEYS do
  local low = sizes[i] > 0 and lowest(name(i))
  if low then
    local surplus = math.ceil(call("XLEN", KEYS[i]) * (total - keep) / total)
    call("XTRIM", KEYS[i], "MINID", "~", low, "LIMIT", math.max(AT_LEAST, surplus))
  end
end
return told
