package landfall.host;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The type of an argument or of an answer, as the control protocol's introspection describes it.
 * What a client sends is checked against the same types that {@code query-qmp-schema} tells, so
 * that the two cannot differ.
 */
interface QmpType {

  /**
   * Checks a value that a client sent.
   *
   * @param name what the refusal calls the value
   */
  void check(JsonNode value, String name) throws QmpServer.RefusedException;

  /** Types that every QMP server has. */
  enum Builtin implements QmpType {
    STR("str", "string", "a string"),
    SIZE("size", "int", "a whole number from 0"),
    NUMBER("number", "number", "a number"),
    BOOL("bool", "boolean", "true or false"),
    /** Anything at all. */
    ANY("any", "value", "a value");

    final String schemaName;
    final String jsonType;
    private final String accepted;

    Builtin(String schemaName, String jsonType, String accepted) {
      this.schemaName = schemaName;
      this.jsonType = jsonType;
      this.accepted = accepted;
    }

    @Override
    public void check(JsonNode value, String name) throws QmpServer.RefusedException {
      boolean fits =
          switch (this) {
            case STR -> value.isTextual();
            case SIZE ->
                value.isIntegralNumber() && value.canConvertToLong() && value.longValue() >= 0;
            case NUMBER -> value.isNumber();
            case BOOL -> value.isBoolean();
            case ANY -> true;
          };
      if (!fits) {
        throw mustBe(name, accepted);
      }
    }
  }

  /**
   * One word of several.
   *
   * @param values what the schema lists, because a client can make use of it
   * @param tolerated what is accepted besides; the command says what comes of it
   */
  record Choice(List<String> values, Set<String> tolerated) implements QmpType {
    static Choice of(String... values) {
      return new Choice(List.of(values), Set.of());
    }

    @Override
    public void check(JsonNode value, String name) throws QmpServer.RefusedException {
      Builtin.STR.check(value, name);
      String word = value.textValue();
      if (!values.contains(word) && !tolerated.contains(word)) {
        throw QmpServer.RefusedException.generic(
            "Parameter '"
                + name
                + "' does not accept value '"
                + word
                + "': accepted is "
                + String.join(" or ", values));
      }
    }
  }

  /** Any number of values of one type. */
  record ListOf(QmpType element) implements QmpType {
    @Override
    public void check(JsonNode value, String name) throws QmpServer.RefusedException {
      if (!value.isArray()) {
        throw mustBe(name, "an array");
      }
      for (int i = 0; i < value.size(); i++) {
        element.check(value.get(i), name + "[" + i + "]");
      }
    }
  }

  /** One member of an object. */
  record Member(String name, QmpType type, boolean optional) {
    static Member of(String name, QmpType type) {
      return new Member(name, type, false);
    }

    static Member optional(String name, QmpType type) {
      return new Member(name, type, true);
    }
  }

  /**
   * An object. Members that it does not have are refused.
   *
   * @param members what each such object has
   * @param tag the member whose value decides what else the object has; empty if nothing does
   * @param variants what else, by the value of the tag
   */
  record Struct(List<Member> members, String tag, Map<String, Struct> variants) implements QmpType {
    static final Struct EMPTY = of();

    static Struct of(Member... members) {
      return new Struct(List.of(members), "", Map.of());
    }

    @Override
    public void check(JsonNode value, String name) throws QmpServer.RefusedException {
      if (!value.isObject()) {
        throw mustBe(name, "an object");
      }
      String prefix = name.isEmpty() ? "" : name + ".";
      List<Member> expected = membersOf(value);
      for (Member member : expected) {
        if (value.has(member.name)) {
          member.type.check(value.get(member.name), prefix + member.name);
        } else if (!member.optional) {
          throw QmpServer.RefusedException.generic(
              "Parameter '" + prefix + member.name + "' is missing");
        }
      }
      List<String> accepted = expected.stream().map(Member::name).toList();
      List<String> given = new ArrayList<>();
      value.fieldNames().forEachRemaining(given::add);
      given.removeAll(Set.copyOf(accepted));
      if (!given.isEmpty()) {
        throw QmpServer.RefusedException.generic(
            "Parameter '"
                + prefix
                + given.get(0)
                + "' is unexpected: "
                + (accepted.isEmpty()
                    ? "none is accepted"
                    : "accepted are " + String.join(", ", accepted)));
      }
    }

    /** What this object may have: what each has, and what its tag adds. */
    private List<Member> membersOf(JsonNode value) {
      List<Member> all = new ArrayList<>(members);
      if (!tag.isEmpty()) {
        all.addAll(variants.getOrDefault(value.path(tag).asText(), EMPTY).membersOf(value));
      }
      return all;
    }
  }

  private static QmpServer.RefusedException mustBe(String name, String accepted) {
    return QmpServer.RefusedException.generic("Parameter '" + name + "' must be " + accepted);
  }
}
