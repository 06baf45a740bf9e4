-- Takes steps one after the other, each whole or not at all; answers one element a step: the position of its change
-- ("" without one), or nil when a fact has changed or the request is answered already.
-- KEYS: the stream of changes. ARGV: the seconds an answer is kept, then for each step
--   answer key, answer, change ("" for none of them), four counts, and that many of each:
--   (key, field) expected absent | (key, field, value) expected | (key, field) to delete | (key, field, value) to put
-- Flat strings: decoding them as JSON here would cost more than the step itself.
local call, argv, keep = redis.call, ARGV, ARGV[1]
local replies, i, n = {}, 2, 0

local function holds(first, absent, held)
  if argv[first] ~= "" and call("EXISTS", argv[first]) == 1 then return false end
  local at = first + 7
  for _ = 1, absent do
    if call("HGET", argv[at], argv[at + 1]) then return false end
    at = at + 2
  end
  for _ = 1, held do
    if call("HGET", argv[at], argv[at + 1]) ~= argv[at + 2] then return false end
    at = at + 3
  end
  return true
end

local function take(first, at, gone, put)
  for _ = 1, gone do
    call("HDEL", argv[at], argv[at + 1])
    at = at + 2
  end
  for _ = 1, put do
    call("HSET", argv[at], argv[at + 1], argv[at + 2])
    at = at + 3
  end
  local position = ""
  if argv[first + 2] ~= "" then position = call("XADD", KEYS[1], "*", "c", argv[first + 2]) end
  if argv[first + 1] ~= "" then call("SET", argv[first], position .. "|" .. argv[first + 1], "EX", keep) end
  return position
end

while i <= #argv do
  local absent, held = tonumber(argv[i + 3]), tonumber(argv[i + 4])
  local gone, put = tonumber(argv[i + 5]), tonumber(argv[i + 6])
  local effects = i + 7 + 2 * absent + 3 * held
  n = n + 1
  replies[n] = holds(i, absent, held) and take(i, effects, gone, put)
  i = effects + 2 * gone + 3 * put
end
return replies
