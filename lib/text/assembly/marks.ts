/** What C4's rules look for in a chunk of units [start, end): the same as ../chunk-marks.ts. */

export function marksOf(start: usize, end: usize): u32 {
  let marks: u32 = 0
  for (let p = start; p < end; p += 2) {
    const c = <u32>load<u16>(p)
    if (c == 0x5b) marks |= 2
    else if (c == 0x7b) marks |= 4
    else if ((c | 0x20) == 0x6a && standsAt('javascript', p, end)) marks |= 8
    else if ((c & 0xfc00) == 0xd800 && p + 2 < end && ((<u32>load<u16>(p, 2)) & 0xfc00) == 0xdc00) marks |= 1
  }
  if (endsPhraseStart(start, end)) marks |= 16
  return goesOn(start, end) ? marks | 32 : marks
}

function endsPhraseStart(start: usize, end: usize): bool {
  switch (lowered(<u32>load<u16>(end - 2))) {
    case 0x65:
      return endsIn('use', start, end) || endsIn('cookie', start, end)
    case 0x73:
      return endsIn('uses', start, end) || endsIn('terms', start, end)
    case 0x6d:
      return endsIn('lorem', start, end)
    case 0x79:
      return endsIn('privacy', start, end)
    default:
      return false
  }
}

function goesOn(start: usize, end: usize): bool {
  switch (lowered(<u32>load<u16>(start))) {
    case 0x6f:
      return standsAt('of', start, end)
    case 0x70:
      return standsAt('policy', start, end)
    case 0x63:
      return standsAt('cookies', start, end)
    case 0x69:
      return standsAt('ipsum', start, end)
    default:
      return false
  }
}

@inline
function endsIn(word: string, start: usize, end: usize): bool {
  const at = end - (<usize>word.length << 1)
  return at >= start && standsAt(word, at, end)
}

@inline
function standsAt(word: string, at: usize, end: usize): bool {
  return at + (<usize>word.length << 1) <= end && equalsWord(changetype<usize>(word), word.length, at)
}

function equalsWord(word: usize, length: usize, at: usize): bool {
  for (const stop = at + (length << 1); at < stop; at += 2, word += 2) {
    if (lowered(<u32>load<u16>(at)) != <u32>load<u16>(word)) return false
  }
  return true
}

/** ASCII, and the Kelvin sign. */
@inline
function lowered(c: u32): u32 {
  if (c - 0x41 < 26) return c | 0x20
  return c == 0x212a ? 0x6b : c
}
