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
  UART[3] = 0x03; /* 8 bits */
  __asm__ volatile("csrw mie, %0" ::"r"(1ul << 7));
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
