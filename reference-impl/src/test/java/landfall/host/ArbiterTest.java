package landfall.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import landfall.host.Arbiter.Answer;
import landfall.protocol.Host;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ArbiterTest {
  private static final int RACES = 200;
  private static final Host A = new Host("A");
  private static final Host B = new Host("B");
  private static final Host C = new Host("C");

  @TempDir Path folder;
  private Path file;
  private Arbiter a;
  private Arbiter b;
  private Arbiter c;

  @BeforeEach
  void aStartsWithTheGuest() throws Exception {
    file = folder.resolve("lock");
    a = new Arbiter(file, A);
    b = new Arbiter(file, B);
    c = new Arbiter(file, C);
    a.claimFirst();
  }

  private LockRecord record() throws IOException {
    return LockRecord.of(Files.readString(file));
  }

  @Test
  void anOfferIsTakenByTheHostThatItNamesAndByNobodyElse() throws Exception {
    assertEquals(Answer.NOT_OFFERED, b.take(1));
    a.offer(Optional.of(C), 2);
    assertEquals(new LockRecord.Offered(A, Optional.of(C), 2), record());
    // B has a whole image, of the attempt before: it must never run.
    assertEquals(Answer.SUPERSEDED, b.take(1));
    assertEquals(Answer.TAKEN, c.take(2));
    assertEquals(new LockRecord.Owned(C, 2), record());
    assertEquals(Answer.TAKEN, c.take(2));
    assertEquals(Answer.SUPERSEDED, b.take(1));
    assertFalse(a.reclaim());
  }

  @Test
  void anOfferOfAnotherAttemptIsNotTaken() throws Exception {
    a.offer(Optional.of(B), 3);
    assertEquals(Answer.SUPERSEDED, b.take(2));
    assertEquals(Answer.NOT_OFFERED, b.take(4));
    assertEquals(Answer.TAKEN, b.take(3));
  }

  @Test
  void onlyTheOneWhoOfferedTakesTheOfferBack() throws Exception {
    a.offer(Optional.of(B), 1);
    assertFalse(c.reclaim());
    assertTrue(a.reclaim());
    assertEquals(new LockRecord.Owned(A, 1), record());
    assertEquals(Answer.SUPERSEDED, b.take(1));
    assertEquals(Answer.NOT_OFFERED, b.take(2));
    assertTrue(a.reclaim());
  }

  @Test
  void whoIsNotTheOwnerOffersNothing() throws Exception {
    b.offer(Optional.of(C), 7);
    assertEquals(new LockRecord.Owned(A, 0), record());
  }

  @Test
  void ofTheOneWhoTakesAndTheOneWhoTakesBackExactlyOneHasIt() throws Exception {
    var together = new CyclicBarrier(2);
    ExecutorService threads = Executors.newFixedThreadPool(2);
    try {
      for (int race = 1; race <= RACES; race++) {
        int attempt = race;
        a.claimFirst();
        a.offer(Optional.of(B), attempt);
        Future<Boolean> taken =
            threads.submit(
                () -> {
                  together.await();
                  return b.take(attempt) == Answer.TAKEN;
                });
        Future<Boolean> back =
            threads.submit(
                () -> {
                  together.await();
                  return a.reclaim();
                });
        assertTrue(taken.get() ^ back.get(), taken.get() + " and " + back.get());
        assertEquals(new LockRecord.Owned(taken.get() ? B : A, attempt), record());
      }
    } finally {
      threads.shutdownNow();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "free", "{}", "{\"owner\":7}", "{\"owner\":\"\"}", "{\"by\":\"A\""})
  void aFileThatNamesNobodyIsAnErrorAndNobodys(String text) throws Exception {
    // Better nobody runs the guest than two.
    Files.writeString(file, text);
    assertThrows(IOException.class, () -> a.reclaim());
    assertThrows(IOException.class, () -> b.take(1));
    assertThrows(IOException.class, () -> a.offer(Optional.of(B), 1));
    assertEquals(text, Files.readString(file));
  }

  @Test
  void aChangeThatWasInterruptedLeavesTheRecordThatWasThere() throws Exception {
    // A host was killed after it had written the next record and before it put it in place.
    Files.writeString(file.resolveSibling("lock.next"), "{\"own");
    assertEquals(new LockRecord.Owned(A, 0), record());
    a.offer(Optional.of(B), 1);
    assertEquals(Answer.TAKEN, b.take(1));
  }
}
