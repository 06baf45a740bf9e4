-- Reads many cells in one call, in order: one reply to parse instead of one for each.
-- ARGV: the number of cells, (key, field) for each, then plain keys.
local call, argv, cells = redis.call, ARGV, tonumber(ARGV[1])
local values, n = {}, 0
for i = 2, 2 * cells, 2 do
  n = n + 1
  values[n] = call("HGET", argv[i], argv[i + 1])
end
for i = 2 * cells + 2, #argv do
  n = n + 1
  values[n] = call("GET", argv[i])
end
return values
