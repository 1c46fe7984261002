package landfall.simulation;

import java.util.List;
import landfall.explorer.Moment.Move;

/**
 * When each event that can happen is due. An event keeps its time as long as it stays possible, and
 * loses it when it is not: a deadline that was put off starts anew.
 */
final class Calendar {
  private final Tempo tempo;
  private long[] keys = new long[0];
  private double[] due = new double[0];
  private int[] since = new int[0];
  private double now;
  private int next;
  private int step;

  Calendar(Tempo tempo) {
    this.tempo = tempo;
  }

  /** Microseconds since the run began. */
  double now() {
    return now;
  }

  /** Takes note of what can happen now; a move that is new among them gets a time. */
  void update(List<Move> possible) {
    int count = possible.size();
    var newKeys = new long[count];
    var newDue = new double[count];
    var newSince = new int[count];
    next = -1;
    step++;
    for (int i = 0; i < count; i++) {
      Move move = possible.get(i);
      newKeys[i] = move.key();
      int known = find(newKeys[i]);
      newDue[i] = known < 0 ? now + tempo.delay(move) : due[known];
      newSince[i] = known < 0 ? step : since[known];
      if (next < 0 || newDue[i] < newDue[next]) {
        next = i;
      }
    }
    keys = newKeys;
    due = newDue;
    since = newSince;
  }

  private int find(long key) {
    for (int i = 0; i < keys.length; i++) {
      if (keys[i] == key && !Double.isNaN(due[i])) {
        return i;
      }
    }
    return -1;
  }

  /** Index of the move that is due first, in the list of the last update; -1 if it was empty. */
  int next() {
    return next;
  }

  /** The move that is due first happens. If it stays possible, it gets a new time. */
  void take() {
    now = Math.max(now, due[next]);
    due[next] = Double.NaN;
  }

  /** Whether a move has waited for so many steps without a break. */
  boolean keepsWaiting(int steps) {
    for (int each : since) {
      if (step - each >= steps) {
        return true;
      }
    }
    return false;
  }
}
