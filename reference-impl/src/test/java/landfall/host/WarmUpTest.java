package landfall.host;

import java.util.Set;
import org.junit.jupiter.api.Test;

class WarmUpTest {
  @Test
  void itMovesItsGuestsAndLeavesNoThreadBehind() throws Exception {
    Set<Thread> before = Thread.getAllStackTraces().keySet();
    WarmUp.perform(3);
    Conditions.await(
        "no thread is left",
        () ->
            Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> !before.contains(thread))
                .noneMatch(
                    thread ->
                        thread.getName().equals("warm-up")
                            || thread.getName().equals("vcpu")
                            || thread.getName().startsWith("attempt")));
  }
}
