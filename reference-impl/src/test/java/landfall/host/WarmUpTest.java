package landfall.host;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import landfall.transport.TestCertificates;
import landfall.transport.TestCertificates.Identity;
import landfall.transport.TestCertificates.Purpose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WarmUpTest {
  @TempDir private Path folder;

  @Test
  void itMovesItsGuestsAndLeavesNoThreadBehind() throws Exception {
    warmUp(List.of());
  }

  @Test
  void itDoesSoUnderTlsWithAKeyThatIsGoodForOneEnd() throws Exception {
    var authority = new TestCertificates("authority");
    Identity server = authority.issue("host", Purpose.SERVER);
    authority.write(folder, server, authority.issue("host", Purpose.CLIENT));
    warmUp(List.of(new TlsObject("server", folder, true)));
    warmUp(List.of(new TlsObject("client", folder, false)));
  }

  @Test
  void credentialsThatCannotBeReadAreNamed() {
    var missing = new TlsObject("server", folder.resolve("missing"), true);
    IOException refused =
        assertThrows(IOException.class, () -> WarmUp.perform(1, List.of(missing)));
    assertTrue(refused.getMessage().contains("missing"), refused.getMessage());
  }

  private static void warmUp(List<TlsObject> objects) throws Exception {
    Set<Thread> before = Thread.getAllStackTraces().keySet();
    WarmUp.perform(4, objects);
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
