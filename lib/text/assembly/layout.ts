/** Where everything lies in the memory, in bytes. The host must use the same numbers: ../words-kernel.ts. */

/** UTF-16 units of a text at most. */
export const MOST_UNITS: usize = 1 << 19
/** By unit: 0, 1 for white space, 2 for a line break. */
export const KINDS: usize = 0x10000
/** 32 bytes of ones, then 32 of zeros: {@link maskAt}. */
export const MASKS: usize = 0x20000
/** POWERS[n] = BASE ** n mod 2 ** 64, n below MOST_POWERS. */
export const POWERS: usize = 0x20100
export const MOST_POWERS: u32 = 256
/** What a call has to say beside what it returns: i32 each. */
export const RESULTS: usize = 0x21000

/** The text's units, and those of them that are not white space; behind both, room for wide loads and stores. */
export const TEXT: usize = 0x100000
export const DENSE: usize = 0x210000
/** By chunk, at most half as many as units: u32 each, but for MARKS, u8. */
export const CHUNK_STARTS: usize = 0x320000
export const CHUNK_ENDS: usize = 0x430000
export const CHUNK_HASHES: usize = 0x540000
export const CHUNK_RECORDS: usize = 0x650000
export const WORD_ENDS: usize = 0x760000
export const SENTENCES: usize = 0x870000
export const MARKS: usize = 0x980000
/** Chunks whose record is not known. */
export const MISSING: usize = 0xa00000
/** By line break: its unit, and how many chunks stand before it. */
export const BREAKS: usize = 0xb00000
export const BREAK_CHUNKS: usize = 0xd00000
/** By word, at most as many as units, and one more: u32, but for SUMS, u64. */
export const IDS: usize = 0xf00000
export const UNITS_BEFORE: usize = 0x1110000
export const POINTS_BEFORE: usize = 0x1320000
export const SUMS: usize = 0x1530000
export const NAMES: usize = 0x1950000
export const NEXT_NAMES: usize = 0x1b60000
export const COUNTS: usize = 0x1d70000
export const PLACES: usize = 0x1f80000
export const LIMITS: usize = 0x2190000
export const KEYS: usize = 0x23a0000
/** 2 ** 20 u32, and 2 ** 22 u8. */
export const GRAM_SLOTS: usize = 0x25b0000
export const PREFIX_COUNTS: usize = 0x29b0000

/** The table of chunks. SLOTS: 2 ** 20 u32, the hash's upper bits over record + 1; 0 for free. */
export const SLOTS: usize = 0x2db0000
export const SLOT_MASK: u32 = (1 << 20) - 1
/** 3 * 2 ** 18 records of 64 bytes. */
export const RECORDS: usize = 0x31b0000
/** Units of chunks longer than a record's key: at most 2 ** 22 and a text. */
export const ARENA: usize = 0x61b0000
/** Ids of the words of chunks with more than one: 2 ** 21 and a text's, u32. */
export const WORD_IDS: usize = 0x6ac0000
/** By word id, 2 ** 20 and a text's: info u32, units u32, hash u64. */
export const WORDS: usize = 0x74d0000
/** By word id: twice the number of the text that it was last seen in, and 1 if it was seen there before. */
export const LAST_TEXTS: usize = 0x8cd0000
export const PAGES: i32 = 0x932
