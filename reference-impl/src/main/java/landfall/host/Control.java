package landfall.host;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import landfall.host.QmpType.Builtin;
import landfall.host.QmpType.Choice;
import landfall.host.QmpType.ListOf;
import landfall.host.QmpType.Member;
import landfall.host.QmpType.Struct;

/**
 * The commands of the control protocol, for one host: one table, by which commands are carried out
 * and listed. What is not in it is not served, and what is listed is.
 */
final class Control implements QmpServer.Commands {

  /** What a command does. */
  private interface Work {
    Object perform(JsonNode arguments)
        throws QmpServer.RefusedException, Side.RefusedException, IOException;
  }

  private record Command(Struct arguments, QmpType returns, Work work) {}

  private static final String STATUS = "status";
  private static final String URI = "uri";
  private static final String CHANNELS = "channels";

  /** What QEMU 8.2 calls MigrationChannel; a socket is the only transport here. */
  private static final Struct CHANNEL =
      Struct.of(
          Member.of("channel-type", Choice.of("main")),
          Member.of(
              "addr",
              new Struct(
                  List.of(Member.of("transport", Choice.of("socket"))),
                  "transport",
                  Map.of(
                      "socket",
                      new Struct(
                          List.of(Member.of("type", Choice.of("inet", "unix"))),
                          "type",
                          Map.of(
                              "inet",
                              Struct.of(
                                  Member.of("host", Builtin.STR), Member.of("port", Builtin.STR)),
                              "unix",
                              Struct.of(Member.of("path", Builtin.STR))))))));

  private static final Struct MIGRATION =
      Struct.of(
          Member.optional(STATUS, Builtin.STR),
          Member.optional("error-desc", Builtin.STR),
          Member.optional("total-time", Builtin.SIZE),
          Member.optional("downtime", Builtin.SIZE),
          Member.optional("postcopy-blocktime", Builtin.SIZE),
          Member.optional("postcopy-vcpu-blocktime", new ListOf(Builtin.SIZE)),
          Member.optional("postcopy-latency", Builtin.SIZE),
          Member.optional("postcopy-latency-dist", new ListOf(Builtin.SIZE)),
          Member.optional("postcopy-vcpu-latency", new ListOf(Builtin.SIZE)),
          Member.optional(
              "ram",
              Struct.of(
                  Member.of("transferred", Builtin.SIZE),
                  Member.of("remaining", Builtin.SIZE),
                  Member.of("total", Builtin.SIZE),
                  Member.of("duplicate", Builtin.SIZE),
                  Member.of("normal", Builtin.SIZE),
                  Member.of("normal-bytes", Builtin.SIZE),
                  Member.of("dirty-pages-rate", Builtin.SIZE),
                  Member.of("dirty-sync-count", Builtin.SIZE),
                  Member.of("mbps", Builtin.NUMBER),
                  Member.of("page-size", Builtin.SIZE))));

  private static final Struct VERSION =
      Struct.of(
          Member.of(
              "qemu",
              Struct.of(
                  Member.of("major", Builtin.SIZE),
                  Member.of("minor", Builtin.SIZE),
                  Member.of("micro", Builtin.SIZE))),
          Member.of("package", Builtin.STR));

  private static final Map<String, Struct> EVENTS =
      new TreeMap<>(
          Map.of(
              "MIGRATION",
              Struct.of(Member.of(STATUS, Builtin.STR)),
              "MIGRATION_PASS",
              Struct.of(Member.of("pass", Builtin.SIZE)),
              "RESUME",
              Struct.EMPTY,
              "SHUTDOWN",
              Struct.of(Member.of("guest", Builtin.BOOL)),
              "STOP",
              Struct.EMPTY));

  private final Side side;
  private final Guest guest;
  private final Settings settings;
  private final Optional<Path> saveFolder;
  private final Map<String, Command> commands = new TreeMap<>();

  /**
   * @param saveFolder where {@code pmemsave} may write, if anywhere
   */
  Control(Side side, Guest guest, Settings settings, Optional<Path> saveFolder, Runnable onQuit) {
    this.side = side;
    this.guest = guest;
    this.settings = settings;
    this.saveFolder = saveFolder;
    serveQueries();
    serveMigration();
    serve("stop", Struct.EMPTY, this::stop);
    serve("cont", Struct.EMPTY, this::continueGuest);
    serve(
        "pmemsave",
        Struct.of(
            Member.of("val", Builtin.SIZE),
            Member.of("size", Builtin.SIZE),
            Member.of("filename", Builtin.STR)),
        this::saveMemory);
    serve("quit", Struct.EMPTY, arguments -> new QmpServer.Last(onQuit));
  }

  private void serveQueries() {
    serve(
        "qmp_capabilities",
        Struct.of(Member.optional("enable", new ListOf(Builtin.STR))),
        Control::negotiate);
    ask(
        "query-commands",
        new ListOf(Struct.of(Member.of("name", Builtin.STR))),
        () -> commands.keySet().stream().map(name -> Map.of("name", name)).toList());
    ask("query-qmp-schema", new ListOf(Builtin.ANY), this::schema);
    ask("query-version", VERSION, Control::version);
    ask(
        "query-status",
        Struct.of(
            Member.of(STATUS, Builtin.STR),
            Member.of("running", Builtin.BOOL),
            Member.of("singlestep", Builtin.BOOL)),
        this::status);
    ask("x-landfall-status", Builtin.ANY, side::status);
    ask("query-migrate", MIGRATION, this::migration);
    ask(
        "query-migrate-capabilities",
        new ListOf(QmpParameters.CAPABILITY),
        () -> QmpParameters.queryCapabilities(settings));
    ask("query-migrate-parameters", QmpParameters.IN_EFFECT, () -> QmpParameters.query(settings));
  }

  private void serveMigration() {
    Member uri = Member.optional(URI, Builtin.STR);
    Member channels = Member.optional(CHANNELS, new ListOf(CHANNEL));
    serve(
        "migrate",
        Struct.of(
            uri,
            channels,
            Member.optional("detach", Builtin.BOOL),
            Member.optional("resume", Builtin.BOOL),
            Member.optional("blk", Builtin.BOOL),
            Member.optional("inc", Builtin.BOOL)),
        this::migrate);
    serve(
        "migrate-incoming",
        Struct.of(uri, channels, Member.optional("exit-on-error", Builtin.BOOL)),
        this::listen);
    serve("migrate_cancel", Struct.EMPTY, this::cancel);
    serve("migrate-start-postcopy", Struct.EMPTY, this::startPostCopy);
    serve("migrate-pause", Struct.EMPTY, this::pause);
    serve("migrate-recover", Struct.of(Member.of(URI, Builtin.STR)), this::recover);
    serve(
        "migrate-set-capabilities",
        Struct.of(Member.of("capabilities", new ListOf(QmpParameters.CAPABILITY))),
        arguments -> QmpParameters.setCapabilities(arguments, settings));
    serve(
        "migrate-set-parameters",
        QmpParameters.PARAMETERS,
        arguments -> QmpParameters.set(arguments, settings));
  }

  private void serve(String name, Struct arguments, Work work) {
    commands.put(name, new Command(arguments, Struct.EMPTY, work));
  }

  private void ask(String name, QmpType returns, java.util.function.Supplier<Object> answer) {
    commands.put(name, new Command(Struct.EMPTY, returns, arguments -> answer.get()));
  }

  /** In the form of {@code query-version}. */
  static Map<String, Object> version() {
    return Map.of(
        "qemu", Map.of("major", 0, "minor", 1, "micro", 0), "package", "landfall reference");
  }

  @Override
  public Object execute(String name, JsonNode arguments)
      throws QmpServer.RefusedException, IOException {
    Command command = commands.get(name);
    if (command == null) {
      throw new QmpServer.RefusedException(
          "CommandNotFound", "The command " + name + " has not been found");
    }
    command.arguments.check(arguments, "");
    try {
      return command.work.perform(arguments);
    } catch (Side.RefusedException refused) {
      throw QmpServer.RefusedException.generic(refused.getMessage());
    }
  }

  private List<Map<String, Object>> schema() {
    var schema = new QmpSchema();
    commands.forEach((name, command) -> schema.command(name, command.arguments, command.returns));
    EVENTS.forEach(schema::event);
    return schema.entities();
  }

  private static Object negotiate(JsonNode arguments) throws QmpServer.RefusedException {
    for (JsonNode wanted : arguments.path("enable")) {
      throw QmpServer.RefusedException.generic(
          "capability '" + wanted.textValue() + "' is not in the greeting");
    }
    return Map.of();
  }

  private Map<String, Object> status() {
    String state = side.runState();
    return Map.of(STATUS, state, "running", state.equals("running"), "singlestep", false);
  }

  /** Nothing before the first migration, as in QEMU. */
  private Map<String, Object> migration() {
    Map<String, Object> answer = side.queryMigrate();
    return answer.equals(Map.of(STATUS, "none")) ? Map.of() : answer;
  }

  private Object stop(JsonNode arguments) {
    guest.stopByOperator();
    return Map.of();
  }

  private Object continueGuest(JsonNode arguments) throws Side.RefusedException {
    side.continueGuest();
    return Map.of();
  }

  private Object migrate(JsonNode arguments)
      throws QmpServer.RefusedException, Side.RefusedException {
    refuseTrue(arguments, "blk", "block migration was removed, as in QEMU 9.1");
    refuseTrue(arguments, "inc", "block migration was removed, as in QEMU 9.1");
    if (arguments.path("resume").booleanValue()) {
      side.resume(address(arguments));
    } else {
      side.migrate(address(arguments));
    }
    return Map.of();
  }

  private Object startPostCopy(JsonNode arguments) throws Side.RefusedException {
    side.startPostCopy();
    return Map.of();
  }

  private Object pause(JsonNode arguments) throws Side.RefusedException {
    side.pause();
    return Map.of();
  }

  private Object recover(JsonNode arguments) throws Side.RefusedException, IOException {
    side.recover(HostAddress.parse(arguments.get(URI).textValue()));
    return Map.of();
  }

  private Object listen(JsonNode arguments)
      throws QmpServer.RefusedException, Side.RefusedException, IOException {
    refuseTrue(arguments, "exit-on-error", "this host waits for the next attempt after a failure");
    side.listen(address(arguments));
    return Map.of();
  }

  private Object cancel(JsonNode arguments) throws Side.RefusedException {
    side.cancel();
    return Map.of();
  }

  private Object saveMemory(JsonNode arguments) throws IOException, QmpServer.RefusedException {
    if (saveFolder.isEmpty()) {
      throw QmpServer.RefusedException.generic(
          "pmemsave needs a folder that it may write to: start the host with --save-dir");
    }
    // Asked so that all that a standing guest has written is seen by this thread.
    guest.isExecuting();
    if (!guest.memory().isWhole()) {
      throw new IllegalArgumentException(
          "pmemsave while pages are still at the source: wait until the migration is completed");
    }
    MemoryFile.of(
            guest.memory(), arguments.get("val").longValue(), arguments.get("size").longValue())
        .save(arguments.get("filename").textValue(), saveFolder.get());
    return Map.of();
  }

  private static void refuseTrue(JsonNode arguments, String name, String why)
      throws QmpServer.RefusedException {
    if (arguments.path(name).booleanValue()) {
      throw QmpServer.RefusedException.generic(
          "Parameter '" + name + "': " + why + "; accepted is false");
    }
  }

  /** Where to, from one of the two forms in which QEMU takes it. */
  private static HostAddress address(JsonNode arguments) throws QmpServer.RefusedException {
    if (arguments.has(URI) == arguments.has(CHANNELS)) {
      throw QmpServer.RefusedException.generic(
          "exactly one of 'uri' and 'channels' is needed, given "
              + (arguments.has(URI) ? "are both" : "is neither"));
    }
    if (arguments.has(URI)) {
      return HostAddress.parse(arguments.get(URI).textValue());
    }
    JsonNode channels = arguments.get(CHANNELS);
    if (channels.size() != 1) {
      throw QmpServer.RefusedException.generic(
          "Parameter 'channels' has " + channels.size() + " channels: one is accepted");
    }
    JsonNode address = channels.get(0).get("addr");
    return HostAddress.parse(
        address.get("type").textValue().equals("unix")
            ? "unix:" + address.get("path").textValue()
            : "tcp:" + address.get("host").textValue() + ":" + address.get("port").textValue());
  }
}
