package landfall.linearizability;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import landfall.history.History;
import landfall.history.Operation;

/** Histories of a register that mostly answers right, from a seed. */
final class RandomHistory {

  private RandomHistory() {}

  /**
   * @param unique whether every value is written once
   * @param cas whether there are cas
   * @param lies how many answers of a hundred are made up
   * @param unanswered how many operations of a hundred stay without answer
   */
  static History register(
      Random random,
      int operations,
      int processes,
      boolean unique,
      boolean cas,
      int lies,
      int unanswered) {
    Map<Integer, Open> open = new HashMap<>();
    var done = new ArrayList<Operation>();
    Object state = null;
    long written = 0;
    int position = 0;
    int started = 0;
    int newcomers = processes;
    List<Integer> alive = new ArrayList<>();
    for (int i = 0; i < processes; i++) {
      alive.add(i);
    }
    while (started < operations || !open.isEmpty()) {
      int slot = random.nextInt(alive.size());
      int process = alive.get(slot);
      Open now = open.get(process);
      if (now == null) {
        if (started == operations) {
          continue;
        }
        started++;
        int dice = random.nextInt(cas ? 3 : 2);
        Object value = unique ? (Object) (++written) : (Object) (long) random.nextInt(3);
        Object old = state;
        if (dice == 0) {
          open.put(process, new Open("read", null, position++, false, null));
        } else if (dice == 1) {
          open.put(process, new Open("write", value, position++, false, null));
        } else {
          open.put(process, new Open("cas", Arrays.asList(old, value), position++, false, null));
        }
      } else if (!now.took() && random.nextInt(100) < 60) {
        Object read = state;
        boolean took = true;
        if (now.function().equals("write")) {
          state = now.value();
        } else if (now.function().equals("cas")) {
          List<?> pair = (List<?>) now.value();
          took = java.util.Objects.equals(state, pair.get(0));
          state = took ? pair.get(1) : state;
        }
        if (took) {
          open.put(process, new Open(now.function(), now.value(), now.invokedAt(), true, read));
        } else {
          open.remove(process);
          done.add(now.ended(process, now.value(), Operation.Outcome.FAIL, position++));
        }
      } else if (random.nextInt(100) < unanswered) {
        open.remove(process);
        done.add(now.ended(process, now.value(), Operation.Outcome.INDETERMINATE, Operation.NEVER));
        alive.set(slot, newcomers++);
      } else if (now.took()) {
        open.remove(process);
        Object value = now.value();
        if (now.function().equals("read")) {
          boolean lie = random.nextInt(100) < lies;
          Object madeUp = unique ? (Object) (long) (1 + random.nextInt((int) written + 1)) : 1L;
          value = lie ? madeUp : now.read();
        } else if (random.nextInt(100) < lies) {
          done.add(now.ended(process, value, Operation.Outcome.FAIL, position++));
          continue;
        }
        done.add(now.ended(process, value, Operation.Outcome.OK, position++));
      }
    }
    done.sort(java.util.Comparator.comparingInt(Operation::invokedAt));
    return History.of(done);
  }
}
