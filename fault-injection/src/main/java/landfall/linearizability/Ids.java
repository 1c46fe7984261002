package landfall.linearizability;

import java.util.Arrays;

/** Numbers values from 0, in the order in which they come; made for millions of them. */
final class Ids {
  private static final Object NIL = new Object();

  private Object[] values = new Object[1024];
  private int[] ids = new int[1024];
  private int size;

  int size() {
    return size;
  }

  /** The number of a value, or -1 if it has none. */
  int of(Object value) {
    return ids[place(value == null ? NIL : value)] - 1;
  }

  /** Numbers a value; false if it has a number already. */
  boolean add(Object value) {
    Object some = value == null ? NIL : value;
    int place = place(some);
    if (values[place] != null) {
      return false;
    }
    values[place] = some;
    ids[place] = ++size;
    if (size > values.length / 2) {
      grow();
    }
    return true;
  }

  private void grow() {
    Object[] old = values;
    int[] oldIds = ids;
    values = new Object[2 * old.length];
    ids = new int[2 * old.length];
    for (int i = 0; i < old.length; i++) {
      if (old[i] != null) {
        int place = place(old[i]);
        values[place] = old[i];
        ids[place] = oldIds[i];
      }
    }
  }

  /** Where a value is, or would be. */
  private int place(Object value) {
    int hash = value.hashCode() * 0x9E3779B9;
    int at = (hash ^ (hash >>> 15)) & (values.length - 1);
    while (values[at] != null && !values[at].equals(value)) {
      at = (at + 1) & (values.length - 1);
    }
    return at;
  }

  /** As many entries as there are numbers, all -1. */
  int[] table() {
    var table = new int[size];
    Arrays.fill(table, -1);
    return table;
  }
}
