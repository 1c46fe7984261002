package landfall.host;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import landfall.wire.Channel;

/**
 * The parameters and capabilities of migration that QEMU has (its {@code qapi/migration.json}, 4.0
 * to 10.1), and what this host makes of each. Management programs set whole lists of them.
 *
 * <p>Some parameters have an effect. The others belong to features that this host does not have;
 * they change nothing in QEMU either while the feature is off, and are accepted, named in the log
 * and in {@code query-migrate-parameters}. Refused is what would change the meaning of a migration:
 * other modes, and lists of those who may connect. Capabilities that this host lacks can be set to
 * false only.
 */
final class QmpParameters {
  static final String EVENTS = "events";
  static final String POST_COPY = "postcopy-ram";
  static final String BLOCKTIME = "postcopy-blocktime";
  static final String CHECKPOINTS = "x-landfall-checkpoints";
  static final String COPIES_AHEAD = "x-landfall-copies-ahead";
  static final String MULTIFD = "multifd";
  static final String PREEMPT = "postcopy-preempt";

  private static final String BANDWIDTH = "max-bandwidth";
  private static final String DOWNTIME = "downtime-limit";
  private static final String POST_COPY_BANDWIDTH = "max-postcopy-bandwidth";
  private static final String STORE_BANDWIDTH = "x-landfall-store-bandwidth";
  private static final String CHECKPOINT_DELAY = "x-checkpoint-delay";
  private static final String CHECKPOINT_DELAY_MICROS = "x-landfall-checkpoint-delay-micros";
  private static final String CHANNELS = "multifd-channels";
  private static final String MODE = "mode";
  private static final long DOWNTIME_MILLIS_MAX = 2_000_000;
  private static final long CHECKPOINT_DELAY_MILLIS_MAX = 1_000_000;
  private static final long MICROS_PER_MILLI = 1_000;
  private static final QmpType.Member IGNORED =
      QmpType.Member.optional("x-landfall-ignored", new QmpType.ListOf(QmpType.Builtin.STR));

  private static final String CREDENTIALS = "tls-creds";
  private static final String HOST_NAME = "tls-hostname";
  private static final String AUTHORIZATION = "tls-authz";
  private static final List<String> TLS = List.of(CREDENTIALS, HOST_NAME, AUTHORIZATION);

  private static final List<String> SIZES =
      List.of(
          BANDWIDTH,
          DOWNTIME,
          POST_COPY_BANDWIDTH,
          CHECKPOINT_DELAY,
          CHECKPOINT_DELAY_MICROS,
          CHANNELS,
          STORE_BANDWIDTH);

  private static final List<String> IGNORED_SIZES =
      List.of(
          "announce-initial",
          "announce-max",
          "announce-rounds",
          "announce-step",
          "avail-switchover-bandwidth",
          "compress-level",
          "compress-threads",
          "cpu-throttle-increment",
          "cpu-throttle-initial",
          "decompress-threads",
          "max-cpu-throttle",
          "multifd-qatzip-level",
          "multifd-zlib-level",
          "multifd-zstd-level",
          "throttle-trigger-threshold",
          "vcpu-dirty-limit",
          "x-vcpu-dirty-limit-period",
          "xbzrle-cache-size");

  private static final List<String> IGNORED_SWITCHES =
      List.of("block-incremental", "compress-wait-thread", "cpu-throttle-tailslow", "direct-io");

  private static final List<String> IGNORED_WORDS =
      List.of("multifd-compression", "zero-page-detection");

  private static final Set<String> CAPABILITIES_OF_QEMU =
      Set.of(
          "auto-converge",
          "background-snapshot",
          "block",
          "compress",
          "dirty-bitmaps",
          "dirty-limit",
          "late-block-activate",
          "mapped-ram",
          "pause-before-switchover",
          "rdma-pin-all",
          "release-ram",
          "return-path",
          "switchover-ack",
          "validate-uuid",
          "x-colo",
          "x-ignore-shared",
          "xbzrle",
          "zero-blocks",
          "zero-copy-send");

  /** What {@code migrate-set-parameters} takes. */
  static final QmpType.Struct PARAMETERS = parameters();

  /** What {@code query-migrate-parameters} answers. */
  static final QmpType.Struct IN_EFFECT =
      QmpType.Struct.of(
          QmpType.Member.of(BANDWIDTH, QmpType.Builtin.SIZE),
          QmpType.Member.of(DOWNTIME, QmpType.Builtin.SIZE),
          QmpType.Member.of(POST_COPY_BANDWIDTH, QmpType.Builtin.SIZE),
          QmpType.Member.of(CHECKPOINT_DELAY, QmpType.Builtin.SIZE),
          QmpType.Member.of(CHECKPOINT_DELAY_MICROS, QmpType.Builtin.SIZE),
          QmpType.Member.of(CHANNELS, QmpType.Builtin.SIZE),
          QmpType.Member.of(STORE_BANDWIDTH, QmpType.Builtin.SIZE),
          QmpType.Member.of(CREDENTIALS, QmpType.Builtin.STR),
          QmpType.Member.of(HOST_NAME, QmpType.Builtin.STR),
          IGNORED);

  /** One capability and whether it is on. */
  static final QmpType.Struct CAPABILITY =
      QmpType.Struct.of(
          QmpType.Member.of(
              "capability",
              new QmpType.Choice(
                  List.of(
                      EVENTS, POST_COPY, BLOCKTIME, CHECKPOINTS, COPIES_AHEAD, MULTIFD, PREEMPT),
                  CAPABILITIES_OF_QEMU)),
          QmpType.Member.of("state", QmpType.Builtin.BOOL));

  private QmpParameters() {}

  private static QmpType.Struct parameters() {
    List<QmpType.Member> members = new ArrayList<>();
    for (String name : SIZES) {
      members.add(QmpType.Member.optional(name, QmpType.Builtin.SIZE));
    }
    TLS.forEach(name -> members.add(QmpType.Member.optional(name, QmpType.Builtin.ANY)));
    members.add(QmpType.Member.optional(MODE, QmpType.Choice.of("normal")));
    IGNORED_SIZES.forEach(name -> members.add(QmpType.Member.optional(name, QmpType.Builtin.SIZE)));
    IGNORED_SWITCHES.forEach(
        name -> members.add(QmpType.Member.optional(name, QmpType.Builtin.BOOL)));
    IGNORED_WORDS.forEach(name -> members.add(QmpType.Member.optional(name, QmpType.Builtin.STR)));
    members.add(
        QmpType.Member.optional("block-bitmap-mapping", new QmpType.ListOf(QmpType.Builtin.ANY)));
    return new QmpType.Struct(members, "", Map.of());
  }

  /** Sets all or, if one is refused, none. */
  static Object set(JsonNode arguments, Settings settings) throws QmpServer.RefusedException {
    String credentials = word(arguments, CREDENTIALS, settings.tlsCredentials);
    String hostName = word(arguments, HOST_NAME, settings.tlsHostName);
    if (!word(arguments, AUTHORIZATION, "").isEmpty()) {
      throw QmpServer.RefusedException.generic(
          "Parameter '"
              + AUTHORIZATION
              + "': accepted is the empty string; a host is let in by its certificate, which must"
              + " have the name it gives itself");
    }
    if (!credentials.isEmpty() && !settings.credentials.contains(credentials)) {
      throw QmpServer.RefusedException.generic(
          "Parameter '"
              + CREDENTIALS
              + "': no TLS credentials with id '"
              + credentials
              + "', there are "
              + settings.credentials);
    }
    long downtime = arguments.path(DOWNTIME).asLong(settings.downtimeLimitMillis);
    if (downtime > DOWNTIME_MILLIS_MAX) {
      throw QmpServer.RefusedException.generic(
          "Parameter '"
              + DOWNTIME
              + "' of "
              + downtime
              + " ms: 0 to "
              + DOWNTIME_MILLIS_MAX
              + " are accepted");
    }
    long channels = arguments.path(CHANNELS).asLong(settings.multifdChannels);
    if (channels < 1 || channels > Channel.CHANNELS_MAX) {
      throw QmpServer.RefusedException.generic(
          "Parameter '"
              + CHANNELS
              + "' of "
              + channels
              + ": 1 to "
              + Channel.CHANNELS_MAX
              + " are accepted");
    }
    settings.checkpointDelayMicros = checkpointDelayMicros(arguments, settings);
    settings.multifdChannels = (int) channels;
    settings.bandwidthMax = arguments.path(BANDWIDTH).asLong(settings.bandwidthMax);
    settings.downtimeLimitMillis = downtime;
    settings.tlsCredentials = credentials;
    settings.tlsHostName = hostName;
    settings.postCopyBandwidthMax =
        arguments.path(POST_COPY_BANDWIDTH).asLong(settings.postCopyBandwidthMax);
    settings.storeBandwidthMax = arguments.path(STORE_BANDWIDTH).asLong(settings.storeBandwidthMax);
    arguments
        .fieldNames()
        .forEachRemaining(
            name -> {
              if (isIgnored(name) && settings.ignore(name)) {
                System.err.println(
                    "landfall host: parameter '" + name + "' is accepted and changes nothing");
              }
            });
    return Map.of();
  }

  /** One delay, in either unit. */
  private static long checkpointDelayMicros(JsonNode arguments, Settings settings)
      throws QmpServer.RefusedException {
    boolean inMillis = arguments.has(CHECKPOINT_DELAY);
    if (inMillis && arguments.has(CHECKPOINT_DELAY_MICROS)) {
      throw QmpServer.RefusedException.generic(
          "parameters '"
              + CHECKPOINT_DELAY
              + "' and '"
              + CHECKPOINT_DELAY_MICROS
              + "' are the same in milliseconds and in microseconds: one of them is accepted");
    }
    String name = inMillis ? CHECKPOINT_DELAY : CHECKPOINT_DELAY_MICROS;
    long unit = inMillis ? MICROS_PER_MILLI : 1;
    long max = CHECKPOINT_DELAY_MILLIS_MAX * (MICROS_PER_MILLI / unit);
    long delay = arguments.path(name).asLong(settings.checkpointDelayMicros);
    if (delay > max) {
      throw QmpServer.RefusedException.generic(
          "Parameter '"
              + name
              + "' of "
              + delay
              + (inMillis ? " ms" : " microseconds")
              + ": 0 to "
              + max
              + " are accepted");
    }
    return delay * unit;
  }

  /** A word, null being none; the value in force if it is not given. */
  private static String word(JsonNode arguments, String name, String inForce)
      throws QmpServer.RefusedException {
    JsonNode value = arguments.path(name);
    if (value.isMissingNode()) {
      return inForce;
    }
    if (!value.isNull() && !value.isTextual()) {
      throw QmpServer.RefusedException.generic("Parameter '" + name + "' takes a string");
    }
    return value.isNull() ? "" : value.textValue();
  }

  private static boolean isIgnored(String name) {
    return !SIZES.contains(name) && !name.equals(MODE) && !TLS.contains(name);
  }

  static Object query(Settings settings) {
    Map<String, Object> answer = new LinkedHashMap<>();
    answer.put(BANDWIDTH, settings.bandwidthMax);
    answer.put(DOWNTIME, settings.downtimeLimitMillis);
    answer.put(POST_COPY_BANDWIDTH, settings.postCopyBandwidthMax);
    answer.put(CHECKPOINT_DELAY, settings.checkpointDelayMicros / MICROS_PER_MILLI);
    answer.put(CHECKPOINT_DELAY_MICROS, settings.checkpointDelayMicros);
    answer.put(CHANNELS, settings.multifdChannels);
    answer.put(STORE_BANDWIDTH, settings.toStoreMax());
    answer.put(CREDENTIALS, settings.tlsCredentials);
    answer.put(HOST_NAME, settings.tlsHostName);
    if (!settings.ignoredParameters().isEmpty()) {
      answer.put(IGNORED.name(), settings.ignoredParameters());
    }
    return answer;
  }

  /** Sets all or, if one is refused, none. */
  static Object setCapabilities(JsonNode arguments, Settings settings)
      throws QmpServer.RefusedException {
    boolean events = settings.migrationEvents;
    boolean postCopy = settings.postCopy;
    boolean blocktime = settings.postCopyBlocktime;
    boolean checkpoints = settings.checkpoints;
    boolean copiesAhead = settings.copiesAhead;
    boolean multifd = settings.multifd;
    boolean preempt = settings.preempt;
    for (JsonNode each : arguments.get("capabilities")) {
      String name = each.get("capability").textValue();
      boolean state = each.get("state").booleanValue();
      if (name.equals(EVENTS)) {
        events = state;
      } else if (name.equals(POST_COPY)) {
        postCopy = state;
      } else if (name.equals(BLOCKTIME)) {
        blocktime = state;
      } else if (name.equals(CHECKPOINTS)) {
        checkpoints = state;
      } else if (name.equals(COPIES_AHEAD)) {
        copiesAhead = state;
      } else if (name.equals(MULTIFD)) {
        multifd = state;
      } else if (name.equals(PREEMPT)) {
        preempt = state;
      } else if (state) {
        throw QmpServer.RefusedException.generic(
            "capability '"
                + name
                + "' is not there: '"
                + EVENTS
                + "', '"
                + POST_COPY
                + "', '"
                + BLOCKTIME
                + "', '"
                + CHECKPOINTS
                + "', '"
                + COPIES_AHEAD
                + "', '"
                + MULTIFD
                + "' and '"
                + PREEMPT
                + "' can be set to true");
      }
    }
    if (checkpoints && !postCopy) {
      throw QmpServer.RefusedException.generic(
          "capability '" + CHECKPOINTS + "' needs the capability '" + POST_COPY + "'");
    }
    if (preempt && !postCopy) {
      throw QmpServer.RefusedException.generic(
          "capability '" + PREEMPT + "' needs the capability '" + POST_COPY + "'");
    }
    if (preempt && checkpoints) {
      throw QmpServer.RefusedException.generic(
          "capability '" + PREEMPT + "' is not possible with '" + CHECKPOINTS + "'");
    }
    if (copiesAhead && !checkpoints) {
      throw QmpServer.RefusedException.generic(
          "capability '" + COPIES_AHEAD + "' needs the capability '" + CHECKPOINTS + "'");
    }
    if (copiesAhead && !settings.hasStore) {
      throw QmpServer.RefusedException.generic(
          "capability '" + COPIES_AHEAD + "' needs a store: start the host with --store");
    }
    settings.migrationEvents = events;
    settings.postCopy = postCopy;
    settings.postCopyBlocktime = blocktime;
    settings.checkpoints = checkpoints;
    settings.copiesAhead = copiesAhead;
    settings.multifd = multifd;
    settings.preempt = preempt;
    return Map.of();
  }

  static Object queryCapabilities(Settings settings) {
    return List.of(
        Map.of("capability", EVENTS, "state", settings.migrationEvents),
        Map.of("capability", POST_COPY, "state", settings.postCopy),
        Map.of("capability", BLOCKTIME, "state", settings.postCopyBlocktime),
        Map.of("capability", CHECKPOINTS, "state", settings.checkpoints),
        Map.of("capability", COPIES_AHEAD, "state", settings.copiesAhead),
        Map.of("capability", MULTIFD, "state", settings.multifd),
        Map.of("capability", PREEMPT, "state", settings.preempt));
  }
}
