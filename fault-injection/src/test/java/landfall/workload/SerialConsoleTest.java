package landfall.workload;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(20)
class SerialConsoleTest {
  private static final long LONG = 5_000;

  @TempDir Path folder;
  private ServerSocketChannel listening;
  private SocketChannel guest;
  private BufferedReader requests;
  private SerialConsole console;
  private final BlockingQueue<Reply> replies = new LinkedBlockingQueue<>();
  private final BlockingQueue<String> said = new LinkedBlockingQueue<>();

  @BeforeEach
  void connect() throws IOException {
    Path socket = folder.resolve("line");
    listening = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    listening.bind(UnixDomainSocketAddress.of(socket));
    console =
        new SerialConsole(
            socket,
            new AtomicLong(),
            new SerialConsole.Listener() {
              @Override
              public void replied(Reply reply) {
                replies.add(reply);
              }

              @Override
              public void said(String line, long atNanos) {
                said.add(line);
              }
            });
    guest = listening.accept();
    requests = new BufferedReader(Channels.newReader(guest, StandardCharsets.ISO_8859_1));
  }

  @AfterEach
  void end() throws IOException {
    console.close();
    guest.close();
    listening.close();
  }

  private void say(String text) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1));
    while (bytes.hasRemaining()) {
      guest.write(bytes);
    }
  }

  private static String checked(String text) {
    return text + " *" + Crc16.hexOf(text) + "\n";
  }

  private String said() throws InterruptedException {
    String line = said.poll(LONG, TimeUnit.MILLISECONDS);
    assertTrue(line != null, "nothing was said");
    return line;
  }

  @ParameterizedTest
  @CsvSource({"123456789, 29b1", "'', ffff", "A, b915"})
  void checksumsAreCcittFalse(String text, String checksum) {
    assertEquals(checksum, Crc16.hexOf(text));
  }

  @Test
  void aRequestHasItsNumberAndChecksumAndIsAnsweredByNumber() throws Exception {
    SerialConsole.Request first = console.send("r 3");
    SerialConsole.Request second = console.send("w 3 4");
    assertEquals(checked("@1 r 3").strip(), requests.readLine());
    assertEquals(checked("@2 w 3 4").strip(), requests.readLine());
    assertFalse(console.hasAnswered());
    say(checked("=2 ok s18") + checked("=1 ok -9 s17"));
    Reply read = first.await(LONG).orElseThrow();
    assertEquals(-9L, read.value());
    assertEquals(17, read.step());
    assertTrue(read.done());
    Reply written = second.await(LONG).orElseThrow();
    assertEquals(18, written.step());
    assertNull(written.value());
    assertTrue(console.hasAnswered());
    assertTrue(console.answeredWithin(LONG));
    assertEquals(2, replies.size());
  }

  @Test
  void aReplyThatSaysNoIsOneAllTheSame() throws Exception {
    SerialConsole.Request request = console.send("c 1 2 3");
    say(checked("=1 fail 7 s5"));
    Reply reply = request.await(LONG).orElseThrow();
    assertFalse(reply.done());
    assertEquals("fail 7", reply.result());
    request = console.send("r 1");
    say(checked("=2 ok nil s6"));
    assertNull(request.await(LONG).orElseThrow().value());
  }

  @ParameterizedTest
  @CsvSource({
    "=1 ok 5 s2 *0000",
    "=1 ok 5 s2",
    "=1 ok 5 *ffff",
    "'=1 ok 5 s2 *'",
    "=x ok 5 s2 *1234",
    "'=99999999999999999999999 ok s2 *1234'",
    "1 ok 5 s2 *1234",
    "===",
    "@1 r 3 *1234"
  })
  void aDamagedReplyIsIgnored(String line) throws Exception {
    SerialConsole.Request request = console.send("r 3");
    say(line + "\n" + "!after it\n");
    assertEquals("!after it", said());
    assertTrue(replies.isEmpty());
    assertFalse(console.hasAnswered());
    say(checked("=1 ok 5 s2"));
    assertEquals(5L, request.await(LONG).orElseThrow().value());
  }

  @Test
  void everyFlippedBitOfAReplyIsNoticed() throws Exception {
    String reply = checked("=1 ok 5 s2").strip();
    for (int bit = 0; bit < 8 * reply.length(); bit++) {
      char[] damaged = reply.toCharArray();
      damaged[bit / 8] ^= (char) (1 << bit % 8);
      if (damaged[bit / 8] != '\n') {
        say(new String(damaged) + "\n");
      }
    }
    say("!end\n");
    String last = said();
    while (!last.equals("!end")) {
      last = said();
    }
    assertTrue(replies.isEmpty(), replies::toString);
  }

  @Test
  void halfALineInFrontOfAReplyHidesNothing() throws Exception {
    SerialConsole.Request first = console.send("r 3");
    say("=7 ok 12 s" + checked("=1 ok 5 s2"));
    assertEquals(5L, first.await(LONG).orElseThrow().value());
    SerialConsole.Request second = console.send("r 3");
    say("!mismatch page=3 off" + checked("=2 ok 6 s3"));
    assertEquals(6L, second.await(LONG).orElseThrow().value());
    SerialConsole.Request third = console.send("r 3");
    say("=3 ok\u0000\u00ff=3 =3 ok s" + checked("=3 ok 7 s4"));
    assertEquals(7L, third.await(LONG).orElseThrow().value());
  }

  @Test
  void aReplyMayComeInPieces() throws Exception {
    SerialConsole.Request request = console.send("r 3");
    for (char each : checked("=1 ok 5 s2").toCharArray()) {
      say(String.valueOf(each));
    }
    assertEquals(5L, request.await(LONG).orElseThrow().value());
  }

  @Test
  void aLateReplyIsReportedAndIsNotTakenForTheNext() throws Exception {
    assertEquals(Optional.empty(), console.send("w 1 1").await(30));
    SerialConsole.Request next = console.send("r 1");
    say(checked("=1 ok s9"));
    say(checked("=2 ok 1 s10"));
    assertEquals(1L, next.await(LONG).orElseThrow().value());
    assertEquals(9, replies.take().step());
    assertEquals(10, replies.take().step());
  }

  @Test
  void aReplyThatComesTwiceIsReportedTwice() throws Exception {
    SerialConsole.Request request = console.send("w 1 1");
    say(checked("=1 ok s9") + checked("=1 ok s9") + "!end\n");
    assertEquals(9, request.await(LONG).orElseThrow().step());
    assertEquals("!end", said());
    assertEquals(2, replies.size());
  }

  @Test
  void whatTheGuestSaysUnaskedIsReported() throws Exception {
    say("!boot\r\nnoise\n=5 ok !mismatch page=3\n");
    assertEquals("!boot", said());
    assertEquals("!mismatch page=3", said());
    assertTrue(replies.isEmpty());
  }

  @Test
  void anEndlessLineIsCutAndTheNextOneIsRead() throws Exception {
    SerialConsole.Request request = console.send("r 3");
    say("x".repeat(100_000) + "\n" + checked("=1 ok 5 s2"));
    assertEquals(5L, request.await(LONG).orElseThrow().value());
  }

  @Test
  void aLineThatIsGoneEndsTheWait() throws Exception {
    SerialConsole.Request request = console.send("r 3");
    guest.close();
    long start = System.nanoTime();
    assertEquals(Optional.empty(), request.await(LONG));
    assertTrue(System.nanoTime() - start < LONG * 1_000_000);
    assertFalse(console.isOpen());
  }

  @Test
  void aGuestThatReadsNothingDoesNotHoldTheClientUp() {
    for (int i = 0; i < 50_000; i++) {
      console.send("w 1 " + i);
    }
    assertTrue(console.isOpen());
    assertFalse(console.answeredWithin(LONG));
  }

  @Test
  void norDoesOneWhoseSocketIsFull() {
    for (int i = 0; i < 1_000; i++) {
      console.send("w 1 " + "9".repeat(2_000));
    }
    assertTrue(console.isOpen());
  }
}
