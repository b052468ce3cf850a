/** Where everything lies in the memory, in bytes. The host must use the same numbers: ../fasttext-kernel.ts. */

/** 32 bytes of ones, then 32 of zeros: a mask of the first n bytes begins at MASKS + 32 - n. */
export const MASKS: usize = 0x8000
/** 16 f64 each: sums over a text, and over a word. */
export const TOTAL: usize = 0x8100
export const WORD: usize = 0x8200
/** Rows of a word's n-grams, a part of them at a time: u32. */
export const LIST: usize = 0x9000
/** The dictionary: 2 ** 17 slots of word + 1, i32; the words' ends, i32; their UTF-8. */
export const WORD_TABLE: usize = 0x10000
export const WORD_ENDS: usize = 0x90000
export const WORD_BYTES: usize = 0xd0000
/** By 32 buckets: a bit for each that has a row, and how many have one before these; u32 each. Up to 2 ** 22 buckets. */
export const BUCKETS: usize = 0x1d0000
/** Rows of 16 f32: the words', then those of the buckets that have one, in their order. Up to 2 ** 17. */
export const ROWS: usize = 0x2e0000
/** The text's UTF-8, at most 3 bytes a UTF-16 unit of 2 ** 19, and 128 of room. */
export const TEXT: usize = 0xae0000
/** Kept words. By hash, 2 ** 20: number of the entry, and from bit 20 on how many rows its sum has; u32. */
export const PLACES: usize = 0xc70000
export const PLACE_BITS: u64 = 20
export const COUNT_SHIFT: u32 = 20
/** Entries 1 to 2 ** 19: sum, 16 f32; UTF-8 with zeros behind it. No word is all zeros: entry 0 is nobody's. */
export const ENTRIES: usize = 0x1070000
export const ENTRY: usize = 96
export const KEY: usize = 64
export const MOST_KEPT: u32 = 1 << 19
export const PAGES: i32 = 0x408
