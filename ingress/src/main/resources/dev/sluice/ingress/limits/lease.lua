-- One ingress states what it holds of some cells and asks for more.
--
-- A cell is a hash with two fields for each ingress run: all that it may hold (its lease), and as
-- 'h:' .. run what of it it held when it last spoke; the rest is slack. Both are written by that
-- run's words alone and always as totals, so that whatever Redis forgets is healed by the next word
-- of each run. Granted is only what keeps the sum of all leases within the limit.
--
-- KEYS: runs (sorted set: run -> last heard), meta (hash), wanted (sorted set: cell -> when), one
--       for each cell
-- ARGV: run, number of this call, 1 if it is the run's farewell, Redis' time of the last answer,
--       cells: (type, limit, held, lease, quantum, most slack, start, age, length, others,
--       writers: (run, amount)...)..., asks: (parts: (cell, need)...)...
-- Answer: 0, born, cautious for ms, live runs, time, wanted cells: key..., for each cell (lease,
--       others' leases, what they hold, kept, start, ms left), for each ask 0, or the cell that
--       refuses, or -1 (nothing is granted now), or -1 - the cell that waits for others' slack;
--       {-1}: came too late
local DEAD_AFTER, FORGOTTEN_AFTER, CAUTIOUS_FOR = 10000, 60000, 1000
-- Slack is dealt among the runs heard lately, and expected back only from those heard just now.
local COUNTED_FOR, ANSWERS_WITHIN, WANTED_FOR, MOST_WANTED = 3000, 300, 200, 64

local at = 0
local function text() at = at + 1; return ARGV[at] end
local function number() return tonumber(text()) end

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local runs, meta, wanted = KEYS[1], KEYS[2], KEYS[3]
local run, sequence, leaving, since = text(), number(), number() == 1, number()

local facts, list = {}, redis.call('HGETALL', meta)
for f = 1, #list, 2 do facts[list[f]] = list[f + 1] end

-- A call that was given up may arrive after the one that followed it.
if sequence <= tonumber(facts['seq:' .. run] or '0') then return {-1} end
redis.call('HSET', meta, 'seq:' .. run, sequence)
local born = tonumber(facts['born'] or '0')
if born == 0 then
  born = now
  redis.call('HSET', meta, 'born', born)
end
if leaving then
  redis.call('HSET', meta, 'left:' .. run, 1)
  facts['left:' .. run] = 1
end
local cautiousFor = math.max(0, born + CAUTIOUS_FOR - now)

redis.call('ZADD', runs, now, run)
local live, alive, answers = 0, {}, {}
local heard = redis.call('ZRANGE', runs, 0, -1, 'WITHSCORES')
for i = 1, #heard, 2 do
  local other, silent = heard[i], now - tonumber(heard[i + 1])
  if silent < COUNTED_FOR and not facts['left:' .. other] then live = live + 1 end
  alive[other] = silent < DEAD_AFTER
  answers[other] = silent < ANSWERS_WITHIN and not facts['left:' .. other]
  if silent > FORGOTTEN_AFTER then
    redis.call('ZREM', runs, other)
    redis.call('HDEL', meta, 'seq:' .. other, 'left:' .. other)
  end
end
live = math.max(1, live)

-- What others wait for: who holds slack of it shall give it back, and nobody is given any.
local isWanted, news = {}, {}
local recent = redis.call(
  'ZRANGEBYSCORE', wanted, now - WANTED_FOR, '+inf', 'WITHSCORES', 'LIMIT', 0, MOST_WANTED)
for i = 1, #recent, 2 do
  isWanted[recent[i]] = true
  if tonumber(recent[i + 1]) >= since then news[#news + 1] = recent[i] end
end
local wants = #recent / 2

local function readClaims(fields)
  local claims, window = {}, 0
  local known = {lease = 0, held = 0}
  for f = 1, #fields, 2 do
    local field, amount = fields[f], tonumber(fields[f + 1])
    if field == '#start' then
      window = amount
    else
      local what, owner = 'lease', field
      if string.sub(field, 1, 2) == 'h:' then what, owner = 'held', string.sub(field, 3) end
      local claim = known
      if owner ~= run then
        claim = claims[owner] or {lease = 0, held = 0}
        claims[owner] = claim
      end
      claim[what] = amount
    end
  end
  return claims, known, window
end

local function count(cell, owner, lease, held)
  cell.others = cell.others + lease
  cell.othersHeld = cell.othersHeld + held
  if answers[owner] then cell.slack = cell.slack + lease - held end
end

local function readCell(key)
  local cell = {key = key, kept = 0, left = 0, slack = 0}
  cell.type, cell.limit, cell.held, cell.mine = text(), number(), number(), number()
  cell.quantum, cell.most = number(), number()
  cell.start, cell.age, cell.length, cell.others = number(), number(), number(), number()
  cell.othersHeld = cell.others
  local writers = {}
  for _ = 1, number() do
    local writer = text()
    writers[writer] = number()
  end
  local fields = redis.call('HGETALL', key)
  local claims, known, window = readClaims(fields)
  if cell.type == 'w' then
    if window > 0 and now < window + cell.length then
      if cell.start ~= window and cell.start >= 0 then
        -- It forgot, or speaks of a window that is over.
        cell.kept, cell.held, cell.mine = known.held, known.held, known.held
      end
    else
      claims = {}
      if #fields > 0 then redis.call('DEL', key) end
      if cell.start > 0 and now < cell.start + cell.length then
        window = cell.start
      elseif cell.start < 0 and cell.age < cell.length then
        window = now - cell.age
      else
        window, cell.held, cell.mine = now, 0, 0
      end
    end
    cell.left = window + cell.length - now
    -- Also of the dead: one that only lost Redis may still use its lease.
    for owner, claim in pairs(claims) do count(cell, owner, claim.lease, claim.held) end
  else
    if cell.type == 'b' and cell.start == 0 then
      cell.kept = math.max(0, known.held - cell.held)
      cell.held = cell.held + cell.kept
      cell.mine = cell.mine + cell.kept
    end
    for owner, claim in pairs(claims) do
      if alive[owner] then
        local booked = writers[owner] or 0
        count(cell, owner, math.max(0, claim.lease - booked), math.max(0, claim.held - booked))
      else
        redis.call('HDEL', key, owner, 'h:' .. owner)
      end
    end
  end
  cell.granted = 0
  cell.window = window
  return cell
end

local cells = {}
for i = 1, number() do cells[i] = readCell(KEYS[i + 3]) end

local FITS, WAITS, REFUSES = 0, 1, 2
local function judge(cell, need)
  if cell.limit <= 0 then return REFUSES end
  if need == 0 then
    return cell.othersHeld + cell.held + cell.granted < cell.limit and FITS or REFUSES
  end
  local used = cell.others + cell.mine + cell.granted
  -- The first call of a span passes whatever it is expected to use.
  local mayBeFirst = cell.type ~= 'o'
  if (used == 0 and mayBeFirst) or used + need <= cell.limit then return FITS end
  local least = used - cell.slack
  if cell.slack > 0 and ((least == 0 and mayBeFirst) or least + need <= cell.limit) then
    return WAITS
  end
  return REFUSES
end

local function want(cell)
  if isWanted[cell.key] or wants < MOST_WANTED then
    if not isWanted[cell.key] then wants = wants + 1 end
    isWanted[cell.key] = true
    redis.call('ZADD', wanted, now, cell.key)
    redis.call('ZREMRANGEBYSCORE', wanted, '-inf', now - WANTED_FOR - 1)
    redis.call('PEXPIRE', wanted, 10 * WANTED_FOR)
  end
end

local verdicts = {}
for i = 1, number() do
  local parts, verdict = {}, cautiousFor > 0 and -1 or 0
  for p = 1, number() do
    local part = {index = number(), need = number()}
    parts[p] = part
    if verdict ~= -1 and verdict <= 0 then
      part.judged = judge(cells[part.index], part.need)
      if part.judged == REFUSES then
        verdict = part.index
      elseif part.judged == WAITS and verdict == 0 then
        verdict = -1 - part.index
      end
    end
  end
  for _, part in ipairs(parts) do
    local cell = cells[part.index]
    if verdict == 0 then
      cell.granted = cell.granted + part.need
    elseif verdict < -1 and part.judged == WAITS then
      want(cell)
    end
  end
  verdicts[i] = verdict
end

-- Each has as much in advance as leaves the others enough; near the limit, nothing.
local function slack(cell)
  if cautiousFor > 0 or leaving or cell.quantum == 0 or isWanted[cell.key] then return 0 end
  local free = cell.limit - cell.others - cell.held - cell.granted
  return math.max(0, math.min(cell.most, math.floor(free / (2 * live * cell.quantum)) * cell.quantum))
end

local answer = {0, born, cautiousFor, live, now, #news}
for _, key in ipairs(news) do answer[#answer + 1] = key end
for _, cell in ipairs(cells) do
  local lease = math.max(cell.mine + cell.granted, cell.held + cell.granted + slack(cell))
  if lease > 0 then
    redis.call('HSET', cell.key, run, lease, 'h:' .. run, cell.held + cell.granted)
    if cell.type == 'w' then
      redis.call('HSET', cell.key, '#start', cell.window)
      redis.call('PEXPIRE', cell.key, cell.left + 1000)
    else
      redis.call('PEXPIRE', cell.key, cell.length)
    end
  else
    redis.call('HDEL', cell.key, run, 'h:' .. run)
  end
  answer[#answer + 1] = lease
  answer[#answer + 1] = cell.others
  answer[#answer + 1] = cell.othersHeld
  answer[#answer + 1] = cell.kept
  answer[#answer + 1] = cell.window
  answer[#answer + 1] = cell.left
end
for _, verdict in ipairs(verdicts) do answer[#answer + 1] = verdict end
return answer
