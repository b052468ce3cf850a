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
/** Sums over chunks of the text too long to be kept, as RESULTS[4 … 8] has them. */
export const LONG_SUMS: usize = 0x21100
/** By key of a pair of neighbouring words: whether a special case may stand over them. */
export const PAIRS: usize = 0x30000
/** Special cases and measures: 2 ** 13 u16, an entry's number + 1; 2 ** 11 entries of 32 bytes. */
export const LAID_DOWN_SLOTS: usize = 0x40000
export const LAID_DOWN_SLOT_MASK: u32 = (1 << 13) - 1
export const LAID_DOWN: usize = 0x50000

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

/** The table of chunks. SLOTS: 2 ** 21 u32, the hash's upper bits over record + 1; 0 for free. */
export const SLOTS: usize = 0x2db0000
export const SLOT_MASK: u32 = (1 << 21) - 1
/** 2 ** 20 records of 64 bytes. */
export const RECORDS: usize = 0x35b0000
/** Units of chunks longer than a record's key: at most 2 ** 23 and a text's. */
export const ARENA: usize = 0x75b0000
/** Ids of the words of chunks with more than one: 2 ** 21 and a text's, u32. */
export const WORD_IDS: usize = 0x86c0000
/** By word id, 2 ** 20 and a text's: units u32, nothing, sum u64. */
export const WORDS: usize = 0x90d0000
/** By word id: twice the number of the text that it was last seen in, and 1 if it was seen there before. */
export const LAST_TEXTS: usize = 0xa8d0000
/** By word id: its length in code points << 4, and what it is. */
export const INFO: usize = 0xaed0000
/** Units of the words longer than their key: 2 ** 22 and a text's. */
export const WORD_ARENA: usize = 0xb4d0000
/** At most 2 ** 21 u32, the hash's upper bits over a word's id + 1; 0 for free. */
export const WORD_SLOTS: usize = 0xbde0000
export const WORD_SLOT_MASK: u32 = (1 << 21) - 1
/** By code point below CLASS_LIMIT: u32, the bits below, as in ../character-classes.ts. */
export const CLASSES: usize = 0xc5e0000
export const CLASS_LIMIT: u32 = 0x32000
/** Lines or paragraphs, at most half as many as units, and one more: u32 each. */
export const SPAN_STARTS: usize = 0xc6b0000
export const SPAN_ENDS: usize = 0xc7c0000
export const SPAN_POINTS: usize = 0xc8d0000
/** By word id, 32 bytes: its first eight units, what is asked of a known word. */
export const WORD_KEYS: usize = 0xc9e0000
export const PAGES: i32 = 0xf9e

/** Where a chunk's words start, in units; its suffixes, last first. In the place of what is used later. */
export const STARTS: usize = NAMES
export const SUFFIX_STARTS: usize = NEXT_NAMES
/** By line, at most one more than units: u32 each. Likewise in the place of what other calls use. */
export const LINE_CHUNKS: usize = NAMES
export const LINE_LONGEST: usize = NEXT_NAMES
export const LINE_MARKS: usize = COUNTS
export const LINE_SENTENCES: usize = PLACES

export const ALPHA: u32 = 1 << 1
export const ALPHA_LOWER: u32 = 1 << 2
export const ALPHA_UPPER: u32 = 1 << 3
export const QUOTE: u32 = 1 << 4
export const ICON: u32 = 1 << 5
export const PREFIX: u32 = 1 << 6
export const SUFFIX: u32 = 1 << 7
export const CURRENCY: u32 = 1 << 8
export const BEFORE_DOT: u32 = 1 << 9
export const LETTER: u32 = 1 << 10
export const WORD_CHARACTER: u32 = 1 << 11
export const DECIMAL: u32 = 1 << 12
export const PUNCTUATION: u32 = 1 << 13
export const SYMBOL: u32 = 1 << 14
export const SENTENCE_END: u32 = 1 << 15
export const TERMINAL: u32 = 1 << 16
