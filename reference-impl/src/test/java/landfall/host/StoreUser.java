package landfall.host;

import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import java.io.Closeable;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import landfall.forwardcheckpoint.Place;
import landfall.forwardcheckpoint.Request;
import landfall.host.StoreAccess.Answer;
import landfall.host.StoreAccess.Given;
import landfall.precopy.PageSet;
import landfall.transport.SelectorLoop;

/** One side of an attempt, with a store and without a guest. */
final class StoreUser implements Closeable {
  static final int PAGES = 16;
  static final UUID GUEST = UUID.nameUUIDFromBytes(new byte[] {1});
  static final int DEADLINE_MILLIS = 10_000;

  final SelectorLoop loop;
  final StoreClient client;
  volatile long bandwidthMax;
  private final CompletableFuture<Throwable> failed = new CompletableFuture<>();

  StoreUser(HostAddress store, StoreSession session, int deadlineMillis) throws Exception {
    loop = SelectorLoop.start("user-" + session.role(), failed::complete);
    client = call(() -> new StoreClient(loop, store, session, deadlineMillis, () -> bandwidthMax));
  }

  static StoreSession session(Place role, Place keeper, int attempt) {
    String host = role == Place.SOURCE ? "A" : "B";
    return new StoreSession(GUEST, attempt, PAGES, keeper, role, host);
  }

  static StoreUser of(HostAddress store, Place role, Place keeper, int attempt) throws Exception {
    var user = new StoreUser(store, session(role, keeper, attempt), DEADLINE_MILLIS);
    user.awaitConnected();
    return user;
  }

  void awaitConnected() throws Exception {
    Conditions.await("the store to serve", () -> call(client::isConnected));
  }

  /** Has something done on the loop, and waits for it. */
  <T> T call(java.util.concurrent.Callable<T> work) throws Exception {
    var done = new CompletableFuture<T>();
    loop.execute(
        () -> {
          try {
            done.complete(work.call());
          } catch (Exception | Error thrown) {
            done.completeExceptionally(thrown);
          }
        });
    return done.get(20, TimeUnit.SECONDS);
  }

  CompletableFuture<Answer> begin(Request.ToStore request, Given given) {
    var answer = new CompletableFuture<Answer>();
    loop.execute(
        () -> {
          try {
            client.ask(request, given, answer::complete);
          } catch (RuntimeException refused) {
            answer.completeExceptionally(refused);
          }
        });
    return answer;
  }

  Answer ask(Request.ToStore request, Given given) throws Exception {
    return begin(request, given).get(20, TimeUnit.SECONDS);
  }

  Answer ask(Request.ToStore request) throws Exception {
    return ask(request, Given.NOTHING);
  }

  void agreed(Request.ToStore request, Given given) throws Exception {
    assertInstanceOf(Answer.Agreed.class, ask(request, given), request::toString);
  }

  void agreed(Request.ToStore request) throws Exception {
    agreed(request, Given.NOTHING);
  }

  Answer.Refused refused(Request.ToStore request) throws Exception {
    return refused(request, Given.NOTHING);
  }

  Answer.Refused refused(Request.ToStore request, Given given) throws Exception {
    return assertInstanceOf(Answer.Refused.class, ask(request, given), request::toString);
  }

  /** What the store gave of a page: a number for its content. */
  long page(int number) throws Exception {
    var page = assertInstanceOf(Answer.Page.class, ask(new Request.GivePage(number)));
    return number(page.content());
  }

  /** An image, its pages by their numbers for contents. */
  record Image(int position, String state, Map<Integer, Long> pages) {}

  Image image() throws Exception {
    Map<Integer, Long> pages = new TreeMap<>();
    var answer = new CompletableFuture<Answer>();
    loop.execute(
        () ->
            client.askImage(
                (number, version, content) -> pages.put(number, number(content)),
                answer::complete));
    var image = assertInstanceOf(Answer.Image.class, answer.get(20, TimeUnit.SECONDS));
    return new Image(image.position(), new String(image.state()), pages);
  }

  private static long number(ByteBuffer content) {
    return content == null ? 0 : content.getLong(content.position());
  }

  static PageSet all() {
    return PageSet.all(PAGES);
  }

  /** Pages whose contents are numbers; 0 is a page of zeros. */
  static Given given(long content, int... pages) {
    return given("", content, pages);
  }

  static Given given(String state, long content, int... pages) {
    return new Given() {
      @Override
      public int[] pages() {
        return pages;
      }

      @Override
      public ByteBuffer content(int page) {
        return content == 0 ? null : ByteBuffer.allocate(4096).putLong(content).rewind();
      }

      @Override
      public int version(int page) {
        return (int) content;
      }

      @Override
      public byte[] state() {
        return state.getBytes();
      }
    };
  }

  /** Copies all pages, each with this content. */
  void copyAll(long content) throws Exception {
    List<CompletableFuture<Answer>> answers = new ArrayList<>();
    for (int page = 0; page < PAGES; page++) {
      answers.add(begin(new Request.KeepPage(page), given(content, page)));
    }
    for (CompletableFuture<Answer> each : answers) {
      assertInstanceOf(Answer.Agreed.class, each.get(20, TimeUnit.SECONDS));
    }
  }

  @Override
  public void close() {
    loop.execute(client::close);
    loop.execute(loop::close);
  }
}
