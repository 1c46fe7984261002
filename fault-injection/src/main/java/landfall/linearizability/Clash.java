package landfall.linearizability;

import java.util.List;

/** Operations that contradict each other, by themselves. */
record Clash(String why, List<Call> calls) {}
