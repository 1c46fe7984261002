package landfall.tlc;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * One model and what the manifest pins of it.
 *
 * @param name the model's name, unique
 * @param protocol the folder of its specification, such as {@code precopy}
 * @param module the module that TLC reads, without {@code .tla}
 * @param config the text of its configuration
 * @param tier in which set it is; null if in none, since it is checked only with a mistake put into
 *     the specification, or run by something else than {@code landfall check}
 * @param property the property that must be violated; null if the model must hold
 * @param distinctStates states found until TLC ends; null if not pinned
 * @param depth of a model that holds, the depth of the state graph; of one that must fail, the
 *     number of states of its counterexample, which is the shortest for a safety property; null if
 *     not pinned
 * @param actions the actions that are taken; null if not pinned
 * @param actionsOf of a large model, one of the same module in which the actions taken are counted;
 *     null if they are counted here. To count takes a third of the time
 * @param mutation the mistake put into the specification first; null for the specification as is
 */
public record Model(
    String name,
    String protocol,
    String module,
    String config,
    Tier tier,
    String property,
    Long distinctStates,
    Integer depth,
    SortedSet<String> actions,
    String actionsOf,
    Mutation mutation) {

  /** How long one is ready to wait. */
  public enum Tier {
    /**
     * All properties under small bounds, what must be reachable, and of each protocol a mistake
     * that must show: a minute or two.
     */
    @JsonProperty("quick")
    QUICK,
    /** Larger bounds, in minutes or hours. */
    @JsonProperty("deep")
    DEEP,
    /**
     * Mistakes made by a switch of the specification, by hand or by rule, each of which a property
     * must catch: minutes.
     */
    @JsonProperty("mutants")
    MUTANTS
  }

  /** Stands for a property in a mutant that TLC cannot evaluate, as with the head of nothing. */
  static final String NOT_EVALUABLE = "(cannot be evaluated)";

  /** Stands before the action in place of a property, if what a mutant loses is an action. */
  static final String NEVER_TAKEN = "never taken: ";

  /**
   * A deliberate mistake: one text of one file is replaced.
   *
   * @param file the file, such as {@code PreCopy.tla}
   * @param find a text that occurs in it, exactly once unless {@code at} says where
   * @param replace what stands there instead
   * @param why what the mistake is, in words
   * @param at offset of the text in the file, or -1
   */
  public record Mutation(String file, String find, String replace, String why, int at) {
    /** A mistake whose text occurs exactly once. */
    public Mutation(String file, String find, String replace, String why) {
      this(file, find, replace, why, -1);
    }
  }

  public Model {
    if (actions != null && actionsOf != null) {
      throw new IllegalArgumentException(name + " counts its own actions, or names who does");
    }
    actions = actions == null ? null : new TreeSet<>(actions);
  }

  /** This model with a mistake put into its specification, which this property must catch. */
  Model mutated(String name, String property, Mutation mutation) {
    return new Model(
        name, protocol, module, config, Tier.MUTANTS, property, null, null, null, null, mutation);
  }

  /**
   * This mutated model, which must take the steps of the unchanged one and reach its states; the
   * model as it is, if that would take too long.
   */
  Model comparedWith(Model unchanged) {
    if (!UnchangedSteps.isWorthwhile(unchanged)) {
      return this;
    }
    return new Model(
        name,
        protocol,
        module,
        UnchangedSteps.config(name, config),
        tier,
        property,
        unchanged.distinctStates(),
        null,
        null,
        null,
        mutation);
  }

  /** The module that TLC reads: of a mutant that is compared, one with both specifications. */
  public String root() {
    return UnchangedSteps.isAskedOf(this) ? UnchangedSteps.MODULE : module;
  }

  /** Whether the model must hold. */
  public boolean holds() {
    return property == null;
  }

  /** Whether TLC has to count how often each action is taken. */
  boolean countsActions() {
    return mutation == null ? actionsOf == null : neverTaken() != null;
  }

  /** The action that must be lost, if that is what is expected of a mutant; otherwise null. */
  String neverTaken() {
    return property != null && property.startsWith(NEVER_TAKEN)
        ? property.substring(NEVER_TAKEN.length())
        : null;
  }

  /** What is expected of it, in words. */
  String expectation() {
    if (NOT_EVALUABLE.equals(property) || neverTaken() != null) {
      return property;
    }
    return holds() ? "holds" : "counterexample of " + property;
  }

  /** The name as part of a file name. */
  String fileName() {
    String safe = name.replaceAll("[^A-Za-z0-9-]+", "-");
    // A name made by rule may be longer than a file's name can be.
    return safe.length() <= 100
        ? safe
        : safe.substring(0, 90) + "-" + Integer.toHexString(name.hashCode());
  }
}
