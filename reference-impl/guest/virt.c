/* The RISC-V `virt` board: of QEMU, and of the reference machine. */
#include "platform.h"

#define UART ((volatile u8 *)0x10000000)
#define MTIMECMP (*(volatile u64 *)0x02004000)
#define MTIME (*(volatile u64 *)0x0200bff8)
#define TICKS_PER_MICRO 10
#define RAM_BASE 0x80000000ul
#define RAM_IF_UNKNOWN (16ul << 20)

uptr ram_end;

/* s11 is fixed for the whole image (-ffixed-s11): nothing else uses it. */
register u64 mirror __asm__("s11");

u32 mirror_get(void) { return (u32)mirror; }
void mirror_set(u32 value) { mirror = value; }

u64 micros(void) { return MTIME / TICKS_PER_MICRO; }

int serial_get(void) { return UART[5] & 1 ? UART[0] : -1; }
int serial_can_put(void) { return UART[5] & 0x20; }
void serial_put(u8 byte) { UART[0] = byte; }

/* On QEMU 7.2 a hart that waits for its timer when it is moved is not woken at the
 * destination. On QEMU (it passes a device tree, the reference machine does not) we poll. */
static int timer_survives;

/* As often as the other board's clock ticks: who waits wakes a thousand times a second.
 * The timer wakes the hart; it does not trap, since mstatus.MIE stays 0. */
void idle(void) {
  if (!timer_survives) return;
  MTIMECMP = MTIME + 1000 * TICKS_PER_MICRO;
  __asm__ volatile("wfi" ::: "memory");
}

/* ------------------------------------------------------------ the disk */

/* A virtio block device behind one of eight transports (MMIO, version 2; a transport of the older
 * version 1 is left alone). One queue, one request at a time, polled. */
#define TRANSPORT(n) (0x10001000ul + 0x1000 * (n))
#define TRANSPORTS 8
#define REGISTER(offset) (*(volatile u32 *)(disk_base + (offset)))
#define QUEUE 8
#define NEXT 1
#define WRITES 2
#define NEEDS_RESET 64

struct descriptor {
  u64 address;
  u32 length;
  u16 flags, next;
};

static struct {
  struct descriptor table[QUEUE];
  struct {
    u16 flags;
    volatile u16 index;
    u16 ring[QUEUE];
  } available;
  struct {
    u16 flags;
    volatile u16 index;
    struct {
      u32 id, length;
    } ring[QUEUE];
  } used __attribute__((aligned(8)));
  struct {
    u32 type, reserved;
    u64 sector;
  } header;
  volatile u8 answer;
} queue __attribute__((aligned(4096)));

static uptr disk_base;
static u64 disk_size;

static void set_address(u32 offset, const volatile void *what) {
  REGISTER(offset) = (u32)(uptr)what;
  REGISTER(offset + 4) = (u32)((u64)(uptr)what >> 32);
}

/* Reset, features (version 1, and flush if it is there), queue. Returns 1 if the disk is ready. */
static int disk_begin(void) {
  REGISTER(0x70) = 0;
  REGISTER(0x70) = 1;
  REGISTER(0x70) = 3;
  REGISTER(0x14) = 0;
  u32 features = REGISTER(0x10) & 1u << 9;
  REGISTER(0x24) = 0;
  REGISTER(0x20) = features;
  REGISTER(0x24) = 1;
  REGISTER(0x20) = 1;
  REGISTER(0x70) = 11;
  if (!(REGISTER(0x70) & 8)) return 0;
  REGISTER(0x30) = 0;
  if (REGISTER(0x34) < QUEUE) return 0;
  queue.available.index = 0;
  queue.used.index = 0;
  REGISTER(0x38) = QUEUE;
  set_address(0x80, queue.table);
  set_address(0x90, &queue.available);
  set_address(0xa0, &queue.used);
  REGISTER(0x44) = 1;
  REGISTER(0x70) = 15;
  return !(REGISTER(0x70) & NEEDS_RESET);
}

static void disk_find(void) {
  for (u32 n = 0; n < TRANSPORTS; n++) {
    disk_base = TRANSPORT(n);
    if (REGISTER(0) == 0x74726976 && REGISTER(4) == 2 && REGISTER(8) == 2 && disk_begin()) {
      disk_size = (u64)REGISTER(0x104) << 32 | REGISTER(0x100);
      return;
    }
  }
}

u64 disk_sectors(void) { return disk_size; }

static int ask(u32 type, u64 sector, u8 *data, u32 length, void (*meanwhile)(void)) {
  if (!disk_size) return 0;
  queue.header.type = type;
  queue.header.sector = sector;
  queue.answer = 0xff;
  u16 flags = type ? NEXT : NEXT | WRITES;
  queue.table[0] = (struct descriptor){(uptr)&queue.header, 16, NEXT, length ? 1 : 2};
  queue.table[1] = (struct descriptor){(uptr)data, length, flags, 2};
  queue.table[2] = (struct descriptor){(uptr)&queue.answer, 1, WRITES, 0};
  queue.available.ring[queue.available.index % QUEUE] = 0;
  __asm__ volatile("fence rw, rw" ::: "memory");
  queue.available.index++;
  __asm__ volatile("fence rw, rw" ::: "memory");
  REGISTER(0x50) = 0;
  while (queue.used.index != queue.available.index) {
    if (REGISTER(0x70) & NEEDS_RESET) {
      disk_begin();
      return 0;
    }
    meanwhile();
  }
  __asm__ volatile("fence rw, rw" ::: "memory");
  return queue.answer == 0;
}

int disk_read(u64 sector, u8 *into, u32 sectors, void (*meanwhile)(void)) {
  return ask(0, sector, into, sectors * 512, meanwhile);
}

int disk_write(u64 sector, u8 *from, u32 sectors, void (*meanwhile)(void)) {
  return ask(1, sector, from, sectors * 512, meanwhile);
}

int disk_flush(void (*meanwhile)(void)) { return ask(4, 0, 0, 0, meanwhile); }

/* ------------------------------------------------------------ the start */

static u32 big_endian(const u8 *at) {
  return (u32)at[0] << 24 | (u32)at[1] << 16 | (u32)at[2] << 8 | at[3];
}

static int starts_with(const char *text, const char *start) {
  while (*start) {
    if (*text++ != *start++) return 0;
  }
  return 1;
}

/* Size of RAM in the flattened device tree: `reg` of the node memory@..., 2 + 2 cells. */
static uptr ram_bytes_of(const u8 *tree) {
  if (big_endian(tree) != 0xd00dfeed) return 0;
  const u8 *at = tree + big_endian(tree + 8);
  const char *names = (const char *)tree + big_endian(tree + 12);
  int in_memory = 0;
  for (;;) {
    u32 token = big_endian(at);
    at += 4;
    if (token == 1) {
      const char *name = (const char *)at;
      in_memory = starts_with(name, "memory@");
      u32 length = 0;
      while (name[length]) length++;
      at += (length + 4) & ~3u;
    } else if (token == 3) {
      u32 length = big_endian(at);
      const char *name = names + big_endian(at + 4);
      if (in_memory && length == 16 && starts_with(name, "reg")) {
        return (uptr)big_endian(at + 16) << 32 | big_endian(at + 20);
      }
      at += 8 + ((length + 3) & ~3u);
    } else if (token == 9) {
      return 0;
    }
  }
}

void start(uptr hart, uptr tree, uptr ram_bytes) {
  (void)hart;
  timer_survives = !tree;
  if (tree) ram_bytes = ram_bytes_of((const u8 *)tree);
  ram_end = RAM_BASE + (ram_bytes ? ram_bytes : RAM_IF_UNKNOWN);
  UART[1] = 0;    /* no interrupts: the line is polled */
  UART[2] = 0x07; /* FIFOs on, empty */
  /* QEMU stops taking input when the FIFO is full, and looks again only when the guest reads. What
   * came before the FIFO was emptied would stop the line for ever. */
  (void)UART[0];
  UART[3] = 0x03; /* 8 bits */
  __asm__ volatile("csrw mie, %0" ::"r"(1ul << 7));
  disk_find();
  witness();
}

__asm__(
    ".section .start, \"ax\"\n"
    ".globl _start\n"
    "_start:\n"
    "  csrw mie, zero\n"
    "  csrci mstatus, 8\n"
    "  la t0, bss_begin\n"
    "  la t1, bss_end\n"
    "1: bgeu t0, t1, 2f\n"
    "  sd zero, 0(t0)\n"
    "  addi t0, t0, 8\n"
    "  j 1b\n"
    "2: la sp, stack_end\n"
    "  call start\n"
    "3: j 3b\n");
