/*
 * The witness: a guest that knows what its own memory must be, and says so.
 *
 * It serves numbered commands on the serial line, one at a time, and keeps a step
 * counter that every reply carries: two replies with the same step are two guests.
 * In the background it rewrites pages of a working set; the content of each page
 * follows from its number and version, so a page that a migration lost, tore, or
 * left stale is found before it is written again. See README.md for the commands.
 *
 * What must stay true:
 *  - a command's effect and the step counter are in memory before the first byte of
 *    its reply leaves;
 *  - all state is in RAM or in CPU registers, nowhere else.
 */
#include "platform.h"

#define PAGE_SIZE 4096u
#define PAGE_WORDS (PAGE_SIZE / 8)
#define CELLS 64
#define LIST_LENGTH 100
#define ZERO_PAGE 0x80000000u
#define FULL_SPEED 1000000u
#define REPORTS_MAX 32
#define BLOCK_SECTORS 8u
#define BLOCKS_MAX 1024u
#define CLIENT_BLOCKS 64u
#define BLOCK_MAGIC 0x314b434f4c42464cu /* "LFBLOCK1" */

struct cell {
  i64 value;
  u32 written;
  u32 length;
  i64 list[LIST_LENGTH];
  u8 rest[PAGE_SIZE - 16 - 8 * LIST_LENGTH];
};

struct own_page {
  u64 value;
  u8 rest[PAGE_SIZE - 8];
};

#define OWN_PAGE __attribute__((aligned(4096)))

/* Each of these is on pages of its own, as hot as the commands and the clock make them. */
static struct cell cells[CELLS] OWN_PAGE;
static struct own_page steps OWN_PAGE;
static struct own_page heartbeat OWN_PAGE;
static struct own_page checksum OWN_PAGE;

/* A block on its way to or from the disk, and the version that each block must have there; 0 if
 * this guest has neither written nor read it. */
static u64 block[PAGE_WORDS] OWN_PAGE;
static u32 block_versions[BLOCKS_MAX] OWN_PAGE;

/* The working set: its version table lies in front of its pages. Version 0 = untouched. */
static u32 *versions;
static u8 *pages;
static u32 pages_max;

static u32 working_set, rate, hot, zero_percent;
static u32 blocks, disk_rate, next_block;
static u64 disk_credit, blocks_written;
static u64 credit, last_micros;
static u64 rounds_written, mismatches, bad_lines;
static u32 reports;
static u32 random_state = 0x1a2b3c4d;

/* ------------------------------------------------------------------ numbers */

static u64 divide(u64 number, u32 by, u32 *remainder) {
#if __SIZEOF_POINTER__ == 8
  *remainder = (u32)(number % by);
  return number / by;
#else
  u64 quotient = 0, rest = 0;
  for (int bit = 63; bit >= 0; bit--) {
    rest = (rest << 1) | ((number >> bit) & 1);
    quotient <<= 1;
    if (rest >= by) {
      rest -= by;
      quotient |= 1;
    }
  }
  *remainder = (u32)rest;
  return quotient;
#endif
}

static u32 random32(void) {
  u32 x = random_state;
  x ^= x << 13;
  x ^= x >> 17;
  x ^= x << 5;
  return random_state = x;
}

static u32 crc16(const char *text, u32 length) {
  u32 crc = 0xffff;
  for (u32 i = 0; i < length; i++) {
    crc ^= (u32)(u8)text[i] << 8;
    for (int bit = 0; bit < 8; bit++) {
      crc = crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1;
    }
    crc &= 0xffff;
  }
  return crc;
}

/* ---------------------------------------------------------------- the line */

#define RING 16384u
#define LINE 2048u

static u8 ring_in[RING], ring_out[RING];
static u32 in_head, in_tail, out_head, out_tail;

/* Moves bytes both ways as far as the line takes them. Never blocks. */
static void pump(void) {
  while (in_head - in_tail < RING) {
    int byte = serial_get();
    if (byte < 0) break;
    ring_in[in_head++ % RING] = (u8)byte;
  }
  while (out_tail != out_head && serial_can_put()) {
    serial_put(ring_out[out_tail++ % RING]);
  }
}

static char line_out[LINE];
static u32 line_length;

static void put_char(char c) {
  if (line_length < LINE - 8) line_out[line_length++] = c;
}

static void put(const char *text) {
  while (*text) put_char(*text++);
}

static void put_unsigned(u64 number) {
  char digits[20];
  int count = 0;
  do {
    u32 digit;
    number = divide(number, 10, &digit);
    digits[count++] = (char)('0' + digit);
  } while (number);
  while (count) put_char(digits[--count]);
}

static void put_signed(i64 number) {
  if (number < 0) put_char('-');
  put_unsigned(number < 0 ? 0 - (u64)number : (u64)number);
}

static void put_hex(u64 number, int digits) {
  for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4) {
    put_char("0123456789abcdef"[(number >> shift) & 15]);
  }
}

static void put_field(const char *name, u64 value) {
  put_char(' ');
  put(name);
  put_char('=');
  put_unsigned(value);
}

static void line_begin(char kind) {
  line_length = 0;
  put_char(kind);
}

/* Closes the line with its checksum and queues it whole. */
static void line_end(void) {
  u32 crc = crc16(line_out, line_length);
  put(" *");
  put_hex(crc, 4);
  put_char('\n');
  for (u32 i = 0; i < line_length; i++) {
    while (out_head - out_tail >= RING) pump();
    ring_out[out_head++ % RING] = (u8)line_out[i];
  }
}

/* ------------------------------------------------------------- working set */

static u64 first_word(u32 page, u32 version) {
  return ((u64)version << 32 | page) * 0x9e3779b97f4a7c15u + 0x632be59bd9b4e019u;
}

static u64 next_word(u64 word) {
  return word * 6364136223846793005u + 1442695040888963407u;
}

static u64 *page_words(u32 page) { return (u64 *)(pages + (uptr)page * PAGE_SIZE); }

static u64 tally(u32 page, u32 version) { return first_word(page, version) | 1; }

static void write_page(u32 page, int zero) {
  u32 version = ((versions[page] & ~ZERO_PAGE) + 1) | (zero ? ZERO_PAGE : 0);
  u64 *words = page_words(page);
  u64 word = first_word(page, version);
  for (u32 i = 0; i < PAGE_WORDS; i++) {
    words[i] = zero ? 0 : word;
    word = next_word(word);
    if (i % 64 == 63) pump();
  }
  checksum.value += tally(page, version) - (versions[page] ? tally(page, versions[page]) : 0);
  versions[page] = version;
  rounds_written++;
}

static void report_page(u32 page, u32 at, u64 expected, u64 found) {
  mismatches++;
  if (reports++ >= REPORTS_MAX) return;
  line_begin('!');
  put("mismatch");
  put_field("page", page);
  put_field("offset", at * 8);
  put(" expected=");
  put_hex(expected, 16);
  put(" found=");
  put_hex(found, 16);
  put_field("version", versions[page] & ~ZERO_PAGE);
  /* Name the older version that the page still holds, if it does. */
  u64 *words = page_words(page);
  u32 newest = versions[page] & ~ZERO_PAGE;
  for (u32 back = 1; back <= 256 && back < newest; back++) {
    u64 first = first_word(page, newest - back);
    if (words[0] == first && words[1] == next_word(first)) {
      put_field("stale", newest - back);
      break;
    }
  }
  line_end();
}

/* Is the page what its number and version say? Returns 1 if so, else reports it. */
static int verify_page(u32 page) {
  u32 version = versions[page];
  if (version == 0) return 1;
  u64 *words = page_words(page);
  u64 word = first_word(page, version);
  for (u32 i = 0; i < PAGE_WORDS; i++) {
    u64 expected = version & ZERO_PAGE ? 0 : word;
    if (words[i] != expected) {
      report_page(page, i, expected, words[i]);
      return 0;
    }
    word = next_word(word);
    if (i % 128 == 127) pump();
  }
  return 1;
}

static void write_some_page(void) {
  u32 among = hot && (random32() & 1) ? hot : working_set;
  u32 page = random32() % among;
  verify_page(page);
  write_page(page, random32() % 100 < zero_percent);
}

/* The background writer: as many pages as the rate allows since the last call. */
static int write_due_pages(u64 elapsed) {
  if (!working_set || !rate) {
    credit = 0;
    return 0;
  }
  if (rate >= FULL_SPEED) {
    write_some_page();
    return 1;
  }
  /* A guest that stood still does not make up for it. */
  credit += (elapsed < 100000 ? elapsed : 100000) * rate;
  int wrote = 0;
  for (int burst = 0; burst < 16 && credit >= 1000000; burst++) {
    credit -= 1000000;
    write_some_page();
    wrote = 1;
  }
  return wrote;
}

/* ---------------------------------------------------------------- the disk */

static u64 sum_of_block(void) {
  u64 sum = 0;
  for (u32 i = 0; i < PAGE_WORDS - 1; i++) {
    sum = next_word(sum ^ block[i]);
    if (i % 128 == 127) pump();
  }
  return sum;
}

static void report_block(u32 number, const char *what, u64 expected, u64 found) {
  mismatches++;
  if (reports++ >= REPORTS_MAX) return;
  line_begin('!');
  put("mismatch disk");
  put_field("block", number);
  put(" what=");
  put(what);
  put_field("expected", expected);
  put_field("found", found);
  line_end();
}

/* What is wrong with the content of the block that was read, or 0. Version 0: never written. */
static const char *examine_block(u32 number, u64 *version) {
  *version = 0;
  u64 any = 0;
  for (u32 i = 0; i < PAGE_WORDS; i++) any |= block[i];
  if (!any) return 0;
  *version = block[2];
  u64 word = first_word(number, (u32)block[2]) ^ block[3];
  for (u32 i = 4; i < PAGE_WORDS - 1; i++) {
    if (block[i] != word) return "corrupt";
    word = next_word(word);
    if (i % 128 == 127) pump();
  }
  int whole = block[0] == BLOCK_MAGIC && block[1] == number && block[2] && !(block[2] >> 32) &&
              block[PAGE_WORDS - 1] == sum_of_block();
  return whole ? 0 : "corrupt";
}

/* Reads a block. What is wrong is returned, and reported unless the disk says so itself. */
static const char *load_block(u32 number) {
  if (!disk_read((u64)number * BLOCK_SECTORS, (u8 *)block, BLOCK_SECTORS, pump)) return "io";
  u64 version, expected = block_versions[number];
  const char *wrong = examine_block(number, &version);
  if (!wrong && expected && version != expected) wrong = version < expected ? "stale" : "newer";
  if (wrong) {
    report_block(number, wrong, expected, version);
  } else {
    block_versions[number] = (u32)version;
  }
  return wrong;
}

/* Writes a block, and returns when it is on stable storage. */
static const char *store_block(u32 number, i64 value) {
  u32 version = block_versions[number] + 1;
  block[0] = BLOCK_MAGIC;
  block[1] = number;
  block[2] = version;
  block[3] = (u64)value;
  u64 word = first_word(number, version) ^ block[3];
  for (u32 i = 4; i < PAGE_WORDS - 1; i++) {
    block[i] = word;
    word = next_word(word);
    if (i % 64 == 63) pump();
  }
  block[PAGE_WORDS - 1] = sum_of_block();
  /* If the disk fails, nobody knows what is there. */
  block_versions[number] = 0;
  if (!disk_write((u64)number * BLOCK_SECTORS, (u8 *)block, BLOCK_SECTORS, pump)) return "io";
  if (!disk_flush(pump)) return "io";
  block_versions[number] = version;
  return 0;
}

/* The background writer of blocks goes round behind those of the clients. */
static int write_due_block(u64 elapsed) {
  if (!disk_rate || blocks <= CLIENT_BLOCKS) {
    disk_credit = 0;
    return 0;
  }
  disk_credit += (elapsed < 100000 ? elapsed : 100000) * disk_rate;
  if (disk_credit < 1000000) return 0;
  disk_credit = disk_credit < 2000000 ? disk_credit - 1000000 : 0;
  u32 number = CLIENT_BLOCKS + next_block++ % (blocks - CLIENT_BLOCKS);
  load_block(number);
  if (!store_block(number, (i64)blocks_written)) blocks_written++;
  return 1;
}

/* A page of memory and a register of the CPU must tell the same number. */
static void beat(void) {
  if ((u32)heartbeat.value != mirror_get()) {
    mismatches++;
    if (reports++ < REPORTS_MAX) {
      line_begin('!');
      put("mismatch heartbeat");
      put_field("expected", mirror_get());
      put_field("found", heartbeat.value);
      line_end();
    }
  }
  heartbeat.value = (u32)heartbeat.value + 1u;
  mirror_set((u32)heartbeat.value);
}

/* ------------------------------------------------ code, stack and settings */

#define SPARE_STACK 0x2000u

static u64 image_sum, settings_sum;

static u64 sum_of(const u8 *from, const u8 *to) {
  u64 sum = 0;
  u32 words = 0;
  for (const u64 *at = (const u64 *)from; (const u8 *)at < to; at++) {
    sum = next_word(sum ^ *at);
    if (++words % 128 == 0) pump();
  }
  return sum;
}

static u64 sum_of_settings(void) {
  u64 sum = next_word((u64)working_set << 32 | rate);
  sum = next_word(sum ^ ((u64)hot << 32 | zero_percent));
  sum = next_word(sum ^ ((u64)blocks << 32 | disk_rate));
  return next_word(sum ^ (u64)(uptr)pages ^ ((u64)pages_max << 40));
}

static u64 *spare_stack(u32 word) { return (u64 *)stack_begin + word; }

static u64 spare_word(u32 word) { return first_word(word, SPARE_STACK); }

/* Before anything else runs: from here on nobody writes there. */
static void mark_own_memory(void) {
  image_sum = sum_of(image_begin, constants_end);
  for (u32 word = 0; word < SPARE_STACK / 8; word++) *spare_stack(word) = spare_word(word);
  settings_sum = sum_of_settings();
}

static u32 own_mismatch(const char *what, u64 expected, u64 found) {
  if (expected == found) return 0;
  mismatches++;
  if (reports++ < REPORTS_MAX) {
    line_begin('!');
    put("mismatch ");
    put(what);
    put(" expected=");
    put_hex(expected, 16);
    put(" found=");
    put_hex(found, 16);
    line_end();
  }
  return 1;
}

/* How much of what the witness itself consists of is not as it was. */
static u32 verify_own_memory(void) {
  u32 wrong = own_mismatch("code", image_sum, sum_of(image_begin, constants_end));
  wrong += own_mismatch("settings", settings_sum, sum_of_settings());
  for (u32 word = 0; word < SPARE_STACK / 8; word++) {
    wrong += own_mismatch("stack", spare_word(word), *spare_stack(word));
  }
  return wrong;
}

/* --------------------------------------------------------------- commands */

struct words {
  char *at;
};

static char *next_token(struct words *words) {
  char *begin = words->at;
  while (*begin == ' ') begin++;
  char *end = begin;
  while (*end && *end != ' ') end++;
  words->at = *end ? end + 1 : end;
  *end = 0;
  return begin;
}

static int same(const char *left, const char *right) {
  while (*left && *left == *right) {
    left++;
    right++;
  }
  return *left == *right;
}

static int parse(const char *text, i64 *number) {
  int negative = *text == '-';
  u64 value = 0;
  if (negative) text++;
  if (!*text) return 0;
  for (; *text; text++) {
    if (*text < '0' || *text > '9') return 0;
    value = value * 10 + (u64)(*text - '0');
  }
  *number = negative ? (i64)(0 - value) : (i64)value;
  return 1;
}

static int parse_below(const char *text, u32 bound, u32 *number) {
  i64 value;
  if (!parse(text, &value) || value < 0 || value >= (i64)bound) return 0;
  *number = (u32)value;
  return 1;
}

static void put_cell(struct cell *cell) {
  if (cell->written) {
    put_signed(cell->value);
  } else {
    put("nil");
  }
}

static int serve_cell(const char *op, struct words *words) {
  u32 index;
  i64 first, second;
  if (!parse_below(next_token(words), CELLS, &index)) return 0;
  struct cell *cell = &cells[index];
  if (same(op, "r")) {
    put("ok ");
    put_cell(cell);
  } else if (same(op, "w")) {
    if (!parse(next_token(words), &first)) return 0;
    cell->value = first;
    cell->written = 1;
    put("ok");
  } else if (same(op, "c")) {
    if (!parse(next_token(words), &first) || !parse(next_token(words), &second)) return 0;
    if (cell->written && cell->value == first) {
      cell->value = second;
      put("ok");
    } else {
      put("fail ");
      put_cell(cell);
    }
  } else if (same(op, "a")) {
    if (!parse(next_token(words), &first)) return 0;
    if (cell->length < LIST_LENGTH) {
      cell->list[cell->length++] = first;
      put("ok ");
      put_unsigned(cell->length);
    } else {
      put("fail full");
    }
  } else {
    put("ok");
    for (u32 i = 0; i < cell->length; i++) {
      put_char(' ');
      put_signed(cell->list[i]);
    }
  }
  return 1;
}

static void fill_working_set(void) {
  for (u32 page = 0; page < working_set; page++) {
    verify_page(page);
    write_page(page, 0);
  }
}

static int serve_set(struct words *words) {
  char *key = next_token(words);
  u32 value;
  if (!parse_below(next_token(words), 0x7fffffff, &value)) return 0;
  if (same(key, "wset")) {
    working_set = value < pages_max ? value : pages_max;
    if (hot > working_set) hot = working_set;
  } else if (same(key, "rate")) {
    rate = value;
  } else if (same(key, "hot")) {
    hot = value < working_set ? value : working_set;
  } else if (same(key, "zero")) {
    zero_percent = value;
  } else if (same(key, "drate")) {
    disk_rate = value;
  } else if (same(key, "fill")) {
    fill_working_set();
  } else {
    return 0;
  }
  settings_sum = sum_of_settings();
  put("ok");
  return 1;
}

/* Damages what the witness consists of: proof that it would say so. */
static int serve_harm(const char *what) {
  if (same(what, "code")) {
    /* The first instruction, which runs once only. */
    image_begin[0] ^= 1;
  } else if (same(what, "stack")) {
    stack_begin[16] ^= 1;
  } else if (same(what, "settings")) {
    zero_percent ^= 1;
  } else {
    return 0;
  }
  put("ok");
  return 1;
}

static void serve_verify(void) {
  u32 examined = 0, wrong = 0;
  u64 total = 0;
  for (u32 page = 0; page < pages_max; page++) {
    if (!versions[page]) continue;
    examined++;
    wrong += !verify_page(page);
    total += tally(page, versions[page]);
  }
  if (total != checksum.value) {
    wrong++;
    mismatches++;
    line_begin('!');
    put("mismatch versions expected=");
    put_hex(checksum.value, 16);
    put(" found=");
    put_hex(total, 16);
    line_end();
  }
  wrong += verify_own_memory();
  /* The reply line was begun before; reports have used its buffer. */
  line_length = 0;
  put("ok ");
  put_unsigned(examined);
  put_char(' ');
  put_unsigned(wrong);
}

/* The disk has no block of this number, or failed, or holds what it must not. */
static void put_failure(const char *wrong) {
  put("fail ");
  put(wrong);
}

static int serve_disk(const char *op, struct words *words) {
  i64 value = 0;
  u32 number, examined = 0, wrong_blocks = 0;
  const char *wrong = 0;
  if (same(op, "dv")) {
    for (number = 0; number < blocks; number++) {
      if (!block_versions[number]) continue;
      examined++;
      if (load_block(number)) wrong_blocks++;
    }
  } else {
    if (!parse_below(next_token(words), 0x7fffffff, &number)) return 0;
    if (same(op, "dw") && !parse(next_token(words), &value)) return 0;
    wrong = number >= blocks ? "absent" : same(op, "dw") ? store_block(number, value)
                                                        : load_block(number);
  }
  /* The reply line was begun before; reports have used its buffer. */
  line_length = 0;
  if (wrong) {
    put_failure(wrong);
  } else if (same(op, "dv")) {
    put("ok ");
    put_unsigned(examined);
    put_char(' ');
    put_unsigned(wrong_blocks);
  } else if (same(op, "dw")) {
    put("ok");
  } else if (block_versions[number]) {
    put("ok ");
    put_signed((i64)block[3]);
  } else {
    put("ok nil");
  }
  return 1;
}

static void put_status(void) {
  put("ok");
  put_field("time", micros());
  put_field("heartbeat", heartbeat.value);
  put_field("written", rounds_written);
  put_field("mismatches", mismatches);
  put_field("badlines", bad_lines);
  put_field("wset", working_set);
  put_field("wsetmax", pages_max);
  put_field("rate", rate);
  put_field("hot", hot);
  put_field("zero", zero_percent);
  put_field("cells", CELLS);
  put_field("firstcell", (uptr)cells);
  put_field("firstpage", (uptr)pages);
  put_field("ramend", ram_end);
  put_field("blocks", blocks);
  put_field("blockswritten", blocks_written);
  put_field("drate", disk_rate);
}

/* Carries out one command; the result is in line_out without head. 0 = not understood. */
static int carry_out(char *op, struct words *words) {
  u32 page;
  line_length = 0;
  if (same(op, "ping")) {
    put("ok");
  } else if (same(op, "status")) {
    put_status();
  } else if (same(op, "set")) {
    return serve_set(words);
  } else if (same(op, "verify")) {
    serve_verify();
  } else if (same(op, "poke")) {
    /* Damages a page on purpose: proof that the witness would say so. */
    if (!parse_below(next_token(words), pages_max, &page)) return 0;
    page_words(page)[PAGE_WORDS / 2] ^= 1;
    put("ok");
  } else if (same(op, "harm")) {
    return serve_harm(next_token(words));
  } else if (same(op, "dw") || same(op, "dr") || same(op, "dv")) {
    return serve_disk(op, words);
  } else if (op[0] && !op[1] && (op[0] == 'r' || op[0] == 'w' || op[0] == 'c' || op[0] == 'a' ||
                                 op[0] == 'l')) {
    return serve_cell(op, words);
  } else {
    return 0;
  }
  return 1;
}

static char result[LINE];

/* text is a line from '@' on, ended by 0, without its newline. */
static void serve(char *text, u32 length) {
  i64 crc = 0;
  if (length < 8 || text[length - 5] != '*' || text[length - 6] != ' ') {
    bad_lines++;
    return;
  }
  for (u32 i = length - 4; i < length; i++) {
    char c = text[i];
    int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
    if (digit < 0) {
      bad_lines++;
      return;
    }
    crc = crc * 16 + digit;
  }
  if ((u32)crc != crc16(text, length - 6)) {
    bad_lines++;
    return;
  }
  text[length - 6] = 0;
  struct words words = {text + 1};
  char *id = next_token(&words);
  char *op = next_token(&words);
  if (!*id || !carry_out(op, &words)) {
    bad_lines++;
    return;
  }
  steps.value++;
  u32 result_length = line_length;
  for (u32 i = 0; i < result_length; i++) result[i] = line_out[i];
  line_begin('=');
  put(id);
  put_char(' ');
  for (u32 i = 0; i < result_length; i++) put_char(result[i]);
  put(" s");
  put_unsigned(steps.value);
  line_end();
}

static char line_in[LINE];
static u32 line_in_length;
static int in_line;

/* Takes bytes of the input until one command was served. Returns 1 if one was. */
static int serve_next(void) {
  while (in_tail != in_head) {
    char c = (char)ring_in[in_tail++ % RING];
    if (c == '@') {
      /* A move may leave half a line behind: a new one always starts afresh. */
      if (in_line) bad_lines++;
      in_line = 1;
      line_in_length = 0;
    }
    if (!in_line || c == '\r') continue;
    if (c == '\n') {
      in_line = 0;
      line_in[line_in_length] = 0;
      serve(line_in, line_in_length);
      return 1;
    }
    if (line_in_length < LINE - 1) line_in[line_in_length++] = c;
  }
  return 0;
}

void witness(void) {
  uptr begin = ((uptr)image_end + PAGE_SIZE - 1) & ~(uptr)(PAGE_SIZE - 1);
  /* Of n free pages about one in 1,025 holds versions of the others. */
  u32 free_pages = (u32)((ram_end - begin) / PAGE_SIZE);
  u32 table_pages = free_pages / 1025 + 1;
  versions = (u32 *)begin;
  pages = (u8 *)begin + (uptr)table_pages * PAGE_SIZE;
  pages_max = free_pages - table_pages;
  for (u32 page = 0; page < pages_max; page++) versions[page] = 0;
  u64 on_disk = disk_sectors() / BLOCK_SECTORS;
  blocks = on_disk < BLOCKS_MAX ? (u32)on_disk : BLOCKS_MAX;
  mark_own_memory();
  u64 awake_until = 0;
  mirror_set(0);
  last_micros = micros();

  line_begin('!');
  put("boot");
  put_field("cells", CELLS);
  put_field("wsetmax", pages_max);
  put_field("blocks", blocks);
  line_end();
  for (;;) {
    beat();
    pump();
    /* Whoever was just answered is likely to ask again: stay awake for a while. */
    if (serve_next()) awake_until = micros() + AWAKE_MICROS;
    u64 now = micros();
    int wrote = write_due_pages(now - last_micros);
    wrote |= write_due_block(now - last_micros);
    last_micros = now;
    if (!wrote && out_head == out_tail && in_head == in_tail && micros() > awake_until) idle();
  }
}
