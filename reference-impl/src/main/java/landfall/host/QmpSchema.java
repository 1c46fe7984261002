package landfall.host;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What {@code query-qmp-schema} answers, as QEMU's {@code qapi/introspect.json} defines it:
 * commands and events by name, and the types that they use, which are numbered.
 */
final class QmpSchema {
  private static final String META_TYPE = "meta-type";

  private final List<Map<String, Object>> entities = new ArrayList<>();
  private final Map<QmpType, String> names = new LinkedHashMap<>();

  QmpSchema command(String name, QmpType.Struct arguments, QmpType returns) {
    entities.add(
        entity(name, "command", "arg-type", nameOf(arguments), "ret-type", nameOf(returns)));
    return this;
  }

  QmpSchema event(String name, QmpType.Struct data) {
    entities.add(entity(name, "event", "arg-type", nameOf(data)));
    return this;
  }

  List<Map<String, Object>> entities() {
    return List.copyOf(entities);
  }

  private String nameOf(QmpType type) {
    String known = names.get(type);
    if (known != null) {
      return known;
    }
    if (type instanceof QmpType.Builtin builtin) {
      names.put(type, builtin.schemaName);
      entities.add(entity(builtin.schemaName, "builtin", "json-type", builtin.jsonType));
    } else if (type instanceof QmpType.ListOf list) {
      String element = nameOf(list.element());
      names.put(type, "[" + element + "]");
      entities.add(entity("[" + element + "]", "array", "element-type", element));
    } else if (type instanceof QmpType.Choice choice) {
      String name = number(type);
      List<Map<String, Object>> members = new ArrayList<>();
      choice.values().forEach(value -> members.add(Map.of("name", value)));
      entities.add(entity(name, "enum", "values", choice.values(), "members", members));
    } else if (type instanceof QmpType.Struct struct) {
      addObject(number(type), struct);
    } else {
      throw new IllegalArgumentException("no such kind of type: " + type);
    }
    return names.get(type);
  }

  private String number(QmpType type) {
    String name = Integer.toString(names.size());
    names.put(type, name);
    return name;
  }

  private void addObject(String name, QmpType.Struct struct) {
    List<Map<String, Object>> members = new ArrayList<>();
    for (QmpType.Member member : struct.members()) {
      Map<String, Object> described = new LinkedHashMap<>();
      described.put("name", member.name());
      described.put("type", nameOf(member.type()));
      if (member.optional()) {
        described.put("default", null);
      }
      members.add(described);
    }
    Map<String, Object> object = entity(name, "object", "members", members);
    if (!struct.tag().isEmpty()) {
      List<Map<String, Object>> variants = new ArrayList<>();
      struct
          .variants()
          .forEach((value, type) -> variants.add(Map.of("case", value, "type", nameOf(type))));
      object.put("tag", struct.tag());
      object.put("variants", variants);
    }
    entities.add(object);
  }

  private static Map<String, Object> entity(String name, String metaType, Object... others) {
    Map<String, Object> entity = new LinkedHashMap<>();
    entity.put("name", name);
    entity.put(META_TYPE, metaType);
    for (int i = 0; i < others.length; i += 2) {
      entity.put((String) others[i], others[i + 1]);
    }
    return entity;
  }
}
