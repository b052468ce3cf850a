/** Where everything lies in the memory, in bytes. Each begins on a page of its own. */

/** UTF-16 units of a text at most. */
export const MOST_UNITS: usize = 1 << 22
/** By unit: 0, 1 for white space, 2 for a line break. */
export const KINDS: usize = 0x10000
/** 32 bytes of ones, then 32 of zeros: {@link maskAt}. */
export const MASKS: usize = 0x20000
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

const PAGE: usize = 0x10000
/** Bytes of u32 by unit, and of as much by chunk or line, of which there are half as many; room for wide stores behind. */
const BY_UNIT: usize = (MOST_UNITS << 2) + PAGE
const BY_CHUNK: usize = (MOST_UNITS << 1) + PAGE
export const MOST_WORDS: usize = 5 << 19

/** The text's units, and those of them that are not white space. */
export const TEXT: usize = 0x100000
export const DENSE: usize = TEXT + BY_CHUNK
/** By chunk, at most half as many as units: u32 each, but for MARKS, u8. */
export const CHUNK_STARTS: usize = DENSE + BY_CHUNK
export const CHUNK_ENDS: usize = CHUNK_STARTS + BY_CHUNK
export const CHUNK_HASHES: usize = CHUNK_ENDS + BY_CHUNK
export const CHUNK_RECORDS: usize = CHUNK_HASHES + BY_CHUNK
export const WORD_ENDS: usize = CHUNK_RECORDS + BY_CHUNK
export const SENTENCES: usize = WORD_ENDS + BY_CHUNK
export const MARKS: usize = SENTENCES + BY_CHUNK
/** Chunks whose record is not known. */
export const MISSING: usize = MARKS + BY_CHUNK
/** By line break: its unit, and how many chunks stand before it. */
export const BREAKS: usize = MISSING + BY_CHUNK
export const BREAK_CHUNKS: usize = BREAKS + BY_UNIT
/** By word, at most as many as units, and one more: u32. */
export const IDS: usize = BREAK_CHUNKS + BY_UNIT
export const UNITS_BEFORE: usize = IDS + BY_UNIT
export const POINTS_BEFORE: usize = UNITS_BEFORE + BY_UNIT
/** Twice as many. */
export const TOP_SLOTS: usize = POINTS_BEFORE + BY_UNIT
export const COUNTS: usize = TOP_SLOTS + (BY_UNIT << 1)
export const PLACES: usize = COUNTS + BY_UNIT
export const LIMITS: usize = PLACES + BY_UNIT
export const KEYS: usize = LIMITS + BY_UNIT
/** Twice as many u32 as units, and 2 ** 22 u8. */
export const GRAM_SLOTS: usize = KEYS + BY_UNIT
export const PREFIX_COUNTS: usize = GRAM_SLOTS + (MOST_UNITS << 3)
/** The table of chunks. SLOTS: 2 ** 21 u32, the hash's upper bits over record + 1; 0 for free. */
export const SLOTS: usize = PREFIX_COUNTS + (1 << 22)
export const SLOT_MASK: u32 = (1 << 21) - 1
/**
 * Of 64 bytes. Different chunks of two units or more, and all of more than 128, are a third of a text's units and 2 ** 17
 * at most; of texts of 2 ** 20, as many as they have chunks come to those that are kept.
 */
export const RECORDS: usize = SLOTS + (1 << 23)
/** Units of chunks longer than a record's key: at most 2 ** 23 and a text's. */
export const ARENA: usize = RECORDS + ((3 << 19) << 6)
/** Ids of the words of chunks with more than one: u32. */
export const WORD_IDS: usize = ARENA + (3 << 23)
/** By word id, half a text's units and 2 ** 16 at most, or 2 ** 20 and a text's: units u32, hash u32. */
export const WORDS: usize = WORD_IDS + ((3 << 21) << 2)
/** By word id: its length in code points << 4, and what it is. */
export const INFO: usize = WORDS + (MOST_WORDS << 3)
/** By word id, 32 bytes: its first eight units, what is asked of a known word. */
export const WORD_KEYS: usize = INFO + (MOST_WORDS << 2)
/** Units of the words longer than their key: 2 ** 22 and a text's. */
export const WORD_ARENA: usize = WORD_KEYS + (MOST_WORDS << 5)
/** At most 2 ** 22 u32, the hash's upper bits over a word's id + 1; 0 for free. */
export const WORD_SLOTS: usize = WORD_ARENA + (1 << 24) + PAGE
export const WORD_SLOT_MASK: u32 = (1 << 22) - 1
/** By code point below CLASS_LIMIT: u32, the bits below, as in ../character-classes.ts. */
export const CLASSES: usize = WORD_SLOTS + (1 << 24)
export const CLASS_LIMIT: u32 = 0x32000
/** Lines or paragraphs, at most half as many as units, and one more: u32 each. */
export const SPAN_STARTS: usize = CLASSES + 0xd0000
export const SPAN_ENDS: usize = SPAN_STARTS + BY_CHUNK
export const SPAN_POINTS: usize = SPAN_ENDS + BY_CHUNK
export const PAGES: i32 = <i32>((SPAN_POINTS + BY_CHUNK) >> 16)

/** Where a chunk's words start, in units; its suffixes, last first. In the place of what is used later. */
export const STARTS: usize = LIMITS
export const SUFFIX_STARTS: usize = KEYS
/** By line, at most one more than units: u32 each. Likewise, but not where words start: lines are counted while these are read. */
export const LINE_CHUNKS: usize = TOP_SLOTS
export const LINE_LONGEST: usize = TOP_SLOTS + BY_UNIT
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
