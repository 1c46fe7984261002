package landfall.linearizability;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import landfall.history.History;
import landfall.history.Keyword;
import landfall.history.Operation;

/** Histories of a lock, set, queue, list or registers that mostly answer right, from a seed. */
final class RandomObject {

  private final Model model;
  private final Random random;
  private final boolean unique;
  private final int lies;

  private boolean held;
  private final List<Object> elements = new ArrayList<>();
  private final Deque<Object> queue = new ArrayDeque<>();
  private final Map<Object, Object> registers = new HashMap<>();
  private long written;

  private RandomObject(Model model, Random random, boolean unique, int lies) {
    this.model = model;
    this.random = random;
    this.unique = unique;
    this.lies = lies;
  }

  /**
   * @param unique whether every element or value is written once
   * @param lies how many answers of a hundred are made up
   * @param unanswered how many operations of a hundred stay without answer
   */
  static History of(
      Model model,
      Random random,
      int operations,
      int processes,
      boolean unique,
      int lies,
      int unanswered) {
    return new RandomObject(model, random, unique, lies).run(operations, processes, unanswered);
  }

  private History run(int operations, int processes, int unanswered) {
    Map<Integer, Open> open = new HashMap<>();
    var done = new ArrayList<Operation>();
    List<Integer> alive = new ArrayList<>();
    for (int i = 0; i < processes; i++) {
      alive.add(i);
    }
    int newcomers = processes;
    int position = 0;
    int started = 0;
    while (started < operations || !open.isEmpty()) {
      int slot = random.nextInt(alive.size());
      int process = alive.get(slot);
      Open now = open.get(process);
      if (now == null) {
        if (started < operations) {
          started++;
          open.put(process, asked(position++));
        }
      } else if (!now.took() && random.nextInt(100) < 70) {
        Open took = taken(now);
        if (took.took()) {
          open.put(process, took);
        } else if (random.nextBoolean()) {
          open.remove(process);
          done.add(now.ended(process, now.value(), Operation.Outcome.FAIL, position++));
        }
      } else if (random.nextInt(100) < unanswered) {
        open.remove(process);
        Object told = now.function().equals("txn") ? asAsked(now.value()) : argument(now);
        done.add(now.ended(process, told, Operation.Outcome.INDETERMINATE, Operation.NEVER));
        alive.set(slot, newcomers++);
      } else if (now.took()) {
        open.remove(process);
        done.add(now.ended(process, now.value(), Operation.Outcome.OK, position++));
      }
    }
    done.sort(Comparator.comparingInt(Operation::invokedAt));
    return History.of(done);
  }

  private static Object argument(Open open) {
    return List.of("read", "dequeue").contains(open.function()) ? null : open.value();
  }

  /** A transaction nobody answered, as it was asked. */
  private static Object asAsked(Object txn) {
    return ((List<?>) txn)
        .stream()
            .map(each -> (List<?>) each)
            .map(each -> isWrite(each) ? each : Arrays.asList(each.get(0), each.get(1), null))
            .toList();
  }

  private static boolean isWrite(List<?> access) {
    return access.get(0).equals(new Keyword("w"));
  }

  private Object fresh() {
    return unique ? (Object) (++written) : (Object) (long) (1 + random.nextInt(3));
  }

  private Open asked(int position) {
    String function = List.copyOf(model.functions()).get(random.nextInt(model.functions().size()));
    Object value =
        switch (function) {
          case "add", "append", "enqueue" -> fresh();
          case "txn" -> {
            var accesses = new ArrayList<Object>();
            for (int i = 1 + random.nextInt(2); i > 0; i--) {
              boolean write = random.nextBoolean();
              accesses.add(
                  Arrays.asList(
                      new Keyword(write ? "w" : "r"),
                      (long) random.nextInt(2),
                      write ? fresh() : null));
            }
            yield accesses;
          }
          default -> null;
        };
    return new Open(function, value, position, false, null);
  }

  /** Lets an operation take effect, and prepares its answer. */
  private Open taken(Open now) {
    boolean lie = random.nextInt(100) < lies;
    Object answer = now.value();
    switch (now.function()) {
      case "acquire", "release" -> {
        boolean possible = held == now.function().equals("release");
        if (!possible && !lie) {
          return now;
        }
        held = now.function().equals("acquire");
      }
      case "add", "append" -> {
        if (!lie) {
          elements.add(now.value());
        }
      }
      case "enqueue" -> {
        if (!lie) {
          queue.add(now.value());
        }
      }
      case "dequeue" -> {
        Object last = lie ? queue.pollLast() : queue.poll();
        answer = lie && random.nextInt(3) == 0 ? null : last;
      }
      case "read" -> answer = lie ? distorted(elements) : List.copyOf(elements);
      case "txn" -> {
        var accesses = new ArrayList<Object>();
        for (Object each : (Collection<?>) now.value()) {
          List<?> access = (List<?>) each;
          if (isWrite(access)) {
            registers.put(access.get(1), access.get(2));
            accesses.add(access);
          } else {
            Object read = lie ? fresh() : registers.get(access.get(1));
            accesses.add(Arrays.asList(access.get(0), access.get(1), read));
          }
        }
        answer = accesses;
      }
      default -> throw new IllegalStateException(now.function());
    }
    return new Open(now.function(), answer, now.invokedAt(), true, null);
  }

  private List<Object> distorted(List<Object> right) {
    var list = new ArrayList<>(right);
    if (list.size() > 1 && random.nextBoolean()) {
      java.util.Collections.swap(list, 0, list.size() - 1);
    } else if (!list.isEmpty()) {
      list.remove(random.nextInt(list.size()));
    } else {
      list.add(9L);
    }
    return list;
  }
}
