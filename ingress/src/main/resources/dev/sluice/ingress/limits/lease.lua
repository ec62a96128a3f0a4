-- One ingress states what it holds of some cells and asks for more.
--
-- A cell is a hash: a field for each ingress run with all that it holds, written by that run alone
-- and always as a total, so that whatever Redis forgets is healed by the next word of each run.
--
-- KEYS: runs (sorted set: run -> last heard), meta (hash), one for each cell
-- ARGV: run, number of this call, cells: (type, limit, mine, ahead, start, age, length, others,
--       writers: (run, amount)...)..., asks: (parts: (cell, need)...)...
-- Answer: 0, born, cautious for ms, live runs, for each cell (mine, others, kept, start, ms left),
--       for each ask 0 or the cell that refuses or -1 (nothing is granted now); {-1}: came too late
local DEAD_AFTER, FORGOTTEN_AFTER, CAUTIOUS_FOR = 10000, 60000, 1000

local at = 0
local function text() at = at + 1; return ARGV[at] end
local function number() return tonumber(text()) end

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local runs, meta = KEYS[1], KEYS[2]
local run, sequence = text(), number()

-- A call that was given up may arrive after the one that followed it.
local last = tonumber(redis.call('HGET', meta, 'seq:' .. run) or '0')
if sequence <= last then return {-1} end
redis.call('HSET', meta, 'seq:' .. run, sequence)
local born = tonumber(redis.call('HGET', meta, 'born') or '0')
if born == 0 then
  born = now
  redis.call('HSET', meta, 'born', born)
end
local cautiousFor = math.max(0, born + CAUTIOUS_FOR - now)

redis.call('ZADD', runs, now, run)
local live, alive = 0, {}
local heard = redis.call('ZRANGE', runs, 0, -1, 'WITHSCORES')
for i = 1, #heard, 2 do
  local silent = now - tonumber(heard[i + 1])
  if silent < DEAD_AFTER then
    live = live + 1
    alive[heard[i]] = true
  elseif silent > FORGOTTEN_AFTER then
    redis.call('ZREM', runs, heard[i])
    redis.call('HDEL', meta, 'seq:' .. heard[i])
  end
end

local function readCell(key)
  local cell = {key = key, kept = 0, left = 0}
  cell.type, cell.limit, cell.mine, cell.ahead = text(), number(), number(), number()
  cell.start, cell.age, cell.length, cell.others = number(), number(), number(), number()
  local writers = {}
  for _ = 1, number() do
    local writer = text()
    writers[writer] = number()
  end
  local fields = redis.call('HGETALL', key)
  local claims, known, window = {}, 0, 0
  for f = 1, #fields, 2 do
    if fields[f] == '#start' then
      window = tonumber(fields[f + 1])
    elseif fields[f] == run then
      known = tonumber(fields[f + 1])
    else
      claims[fields[f]] = tonumber(fields[f + 1])
    end
  end
  if cell.type == 'w' then
    if window > 0 and now < window + cell.length then
      if cell.start ~= window and cell.start >= 0 then
        -- It forgot, or speaks of a window that is over.
        cell.kept, cell.mine = known, known
      end
    else
      claims = {}
      if #fields > 0 then redis.call('DEL', key) end
      if cell.start > 0 and now < cell.start + cell.length then
        window = cell.start
      elseif cell.start < 0 and cell.age < cell.length then
        window = now - cell.age
      else
        window, cell.mine = now, 0
      end
    end
    cell.left = window + cell.length - now
    for _, claim in pairs(claims) do cell.others = cell.others + claim end
  else
    if cell.type == 'b' and cell.start == 0 then
      cell.kept = math.max(0, known - cell.mine)
      cell.mine = cell.mine + cell.kept
    end
    for other, claim in pairs(claims) do
      if alive[other] then
        cell.others = cell.others + math.max(0, claim - (writers[other] or 0))
      else
        redis.call('HDEL', key, other)
      end
    end
  end
  cell.window = window
  return cell
end

local cells = {}
for i = 1, number() do cells[i] = readCell(KEYS[i + 2]) end

local function fits(cell, need)
  local used = cell.others + cell.mine
  if cell.limit <= 0 then return false end
  -- The first call of a span passes whatever it is expected to use.
  if used == 0 and cell.type ~= 'o' then return true end
  return used + need <= cell.limit and (need > 0 or used < cell.limit)
end

local verdicts = {}
for i = 1, number() do
  local parts, verdict = {}, cautiousFor > 0 and -1 or 0
  for p = 1, number() do
    parts[p] = {index = number(), need = number()}
    if verdict == 0 and not fits(cells[parts[p].index], parts[p].need) then
      verdict = parts[p].index
    end
  end
  if verdict == 0 then
    for _, part in ipairs(parts) do
      cells[part.index].mine = cells[part.index].mine + part.need
    end
  end
  verdicts[i] = verdict
end

local answer = {0, born, cautiousFor, live}
for _, cell in ipairs(cells) do
  local free = cell.limit - cell.others - cell.mine
  if cautiousFor == 0 and cell.ahead > 0 and free > 0 then
    -- The less is left, the less is given in advance; at the end, nothing is.
    cell.mine = cell.mine + math.min(cell.ahead, math.floor(free / (8 * live)))
  end
  if cell.mine > 0 then
    redis.call('HSET', cell.key, run, cell.mine)
    if cell.type == 'w' then
      redis.call('HSET', cell.key, '#start', cell.window)
      redis.call('PEXPIRE', cell.key, cell.left + 1000)
    else
      redis.call('PEXPIRE', cell.key, cell.length)
    end
  else
    redis.call('HDEL', cell.key, run)
  end
  answer[#answer + 1] = cell.mine
  answer[#answer + 1] = cell.others
  answer[#answer + 1] = cell.kept
  answer[#answer + 1] = cell.window
  answer[#answer + 1] = cell.left
end
for _, verdict in ipairs(verdicts) do answer[#answer + 1] = verdict end
return answer
