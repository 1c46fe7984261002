package landfall.explorer;

/**
 * Whom and what a step is about, beside its action. Places are numbered as in their world; -1 is
 * none.
 *
 * @param who the place that takes the step, or where it happens
 * @param other the place at the other end
 * @param attempt number of the attempt, 0 if it is about none
 * @param age how many attempts there were since: what tells two attempts apart, whatever came
 *     before both
 * @param page the page
 */
record About(int who, int other, int attempt, int age, int page) {
  private static final int FIELD_BITS = 8;

  static About place(int who) {
    return new About(who, -1, 0, 0, -1);
  }

  About and(int place) {
    return new About(who, place, attempt, age, page);
  }

  About page(int number) {
    return new About(who, other, attempt, age, number);
  }

  About attempt(int number, int newest) {
    return new About(who, other, number, newest - number, page);
  }

  /** One number for all that tells two steps of one action apart. */
  int number() {
    return ((who + 1) << 3 * FIELD_BITS)
        | ((other + 1) << 2 * FIELD_BITS)
        | (age << FIELD_BITS)
        | (page + 1);
  }
}
