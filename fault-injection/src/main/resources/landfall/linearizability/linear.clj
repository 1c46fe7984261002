(ns landfall.linearizability.linear
  "A second opinion: just-in-time linearization (after Lowe, \"Testing for
  linearizability\", 2017). It shares no code with the checkers written in Java: models,
  equality of values and the search are its own.

  It goes through the events in order and keeps every configuration that the past allows: a
  state, and which of the calls under way have taken effect already. A call is made to take
  effect as late as possible: when it, or one that needs it, completes. If a completion leaves
  no configuration, no order explains the history."
  (:import (clojure.lang PersistentQueue)
           (java.util Collection List Map Set)
           (landfall.history Keyword Operation Operation$Outcome)))

(set! *warn-on-reflection* true)

;; Values

(defn plain
  "A value of a history as Clojure has it, so that two values are = iff they are the same. Floats
  are compared by their bits: NaN is itself, and 0.0 is not -0.0."
  [value]
  (cond
    (instance? Keyword value) (keyword (.name ^Keyword value))
    (instance? Double value) [::double (Double/doubleToLongBits value)]
    (instance? BigDecimal value) [::decimal (str value)]
    (instance? Map value) (into {} (map (fn [[k v]] [(plain k) (plain v)])) value)
    (instance? Set value) (into #{} (map plain) value)
    (instance? Collection value) (into [] (map plain) value)
    :else value))

;; Models. A step is a function of a state and a call; it gives the next state, or ::no.

(defn- dequeued [state element]
  (cond
    (= ::unknown element) (if (seq state) (pop state) ::no)
    (nil? element) (if (seq state) ::no state)
    (and (seq state) (= element (peek state))) (pop state)
    :else ::no))

(defn- transacted [state accesses]
  (reduce (fn [registers [f register value]]
            (case f
              (:w :write) (assoc registers register value)
              (:r :read) (cond
                           (= ::unknown value) registers
                           (= value (get registers register)) registers
                           :else (reduced ::no))))
          state
          accesses))

(defn- step [model state {:keys [f value]}]
  (case f
    "write" value
    "cas" (let [[old new] value] (if (= old state) new ::no))
    "add" (conj state value)
    "append" (conj state value)
    "enqueue" (conj state value)
    "dequeue" (dequeued state value)
    "acquire" (if state ::no true)
    "release" (if state false ::no)
    "txn" (transacted state value)
    "read" (let [seen (case model
                        "set" (set value)
                        "append" (vec value)
                        value)]
             (if (= seen state) state ::no))))

(defn- first-state [model initial]
  (case model
    "queue" (into PersistentQueue/EMPTY initial)
    "set" (set initial)
    "append" (vec initial)
    initial))

;; Calls

(defn- call
  "A call of an operation; :end is nil if it may take effect at any later time, or never."
  [id ^Operation operation]
  (let [ok? (= Operation$Outcome/OK (.outcome operation))
        f (.function operation)
        value (plain (.value operation))]
    {:id id
     :f f
     :value (cond
              ok? value
              (= "dequeue" f) ::unknown
              (= "txn" f) (mapv (fn [[f register value]]
                                  [f register (if (#{:r :read} f) ::unknown value)])
                                value)
              :else value)
     :start (.invokedAt operation)
     :end (when ok? (.completedAt operation))}))

(defn- values-seen [{:keys [f value]}]
  (case f
    "read" (if (coll? value) (cons value value) [value])
    "cas" [(first value)]
    "dequeue" [value]
    "txn" (for [[f register value] value :when (#{:r :read} f)] [register value])
    nil))

(defn- values-written [{:keys [f value]}]
  (case f
    ("write" "add" "append" "enqueue") [value]
    "cas" [(second value)]
    "txn" (for [[f register value] value :when (#{:w :write} f)] [register value])
    nil))

(defn- matters?
  "Whether a call can make a difference: it completed, or it may have, and somebody may have seen
  what it wrote."
  [seen {:keys [f end] :as call}]
  (or end
      (contains? #{"acquire" "release" "dequeue"} f)
      (some #(contains? seen %) (values-written call))))

(defn- calls-of [operations]
  (let [happened (remove #(= Operation$Outcome/FAIL (.outcome ^Operation %)) operations)
        calls (into [] (map-indexed call) happened)
        seen (into #{} (mapcat values-seen) calls)]
    (filterv #(matters? seen %) calls)))

(defn- events
  "Pairs of :start or :end and a call, in order of time."
  [calls]
  (->> calls
       (mapcat (fn [{:keys [start end] :as call}]
                 (if end [[start :start call] [end :end call]] [[start :start call]])))
       (sort-by first)
       (map rest)))

;; The search. A configuration is [state done]: done are ids of calls under way.

(defn- with-fitting-reads
  "Lets every read under way that fits take effect, since a read changes nothing."
  [model reads [state done]]
  [state (into done
               (comp (remove #(contains? done (:id %)))
                     (filter #(not= ::no (step model state %)))
                     (map :id))
               reads)])

(defn- choices
  "A function of the calls that took effect already; it gives those under way that may be next. Of
  calls that nobody answered and that do the same, only the first one is: which of them took effect
  makes no difference."
  [open]
  (let [others (sort-by :id (remove #(= "read" (:f %)) (vals open)))
        answered (filterv :end others)
        alike (vec (vals (group-by (juxt :f :value) (remove :end others))))]
    (fn [done]
      (let [left? #(not (contains? done (:id %)))]
        (concat (filter left? answered)
                (keep #(first (filter left? %)) alike))))))

(defn- until-done
  "The configurations that one leads to by letting calls under way take effect until the one that
  completes did; spend is called for each and throws when the budget is spent."
  [model reads choices completing start spend]
  (let [id (:id completing)]
    (loop [todo [start] seen #{start} found #{}]
      (if-let [configuration (peek todo)]
        (let [[state done] (with-fitting-reads model reads configuration)]
          (spend (count seen))
          (if (contains? done id)
            (recur (pop todo) seen (conj found [state (disj done id)]))
            (let [next (into []
                             (comp (map (fn [call] [(step model state call) (conj done (:id call))]))
                                   (remove (fn [[state _]] (= ::no state)))
                                   (remove seen))
                             (choices done))]
              (recur (into (pop todo) next) (into seen next) found))))
        found))))

(defn- search [model initial calls spend]
  (loop [events (events calls)
         open {}
         configurations #{[(first-state model initial) #{}]}]
    (if-let [[[what call] & later] (seq events)]
      (if (= :start what)
        (recur later (assoc open (:id call) call) configurations)
        (let [reads (filterv #(and (= "read" (:f %)) (:end %)) (vals open))
              choices (choices open)
              after (into #{}
                          (mapcat #(until-done model reads choices call % spend))
                          configurations)]
          (if (seq after)
            (recur later (dissoc open (:id call)) after)
            {:valid? false
             :completion (int (:end call))
             :states (into [] (comp (map first) (distinct) (take 5)) configurations)})))
      {:valid? true})))

(defn analyse
  "Whether operations of one object are linearizable.

  model: its name; initial: as EDN has it; deadline: of System/nanoTime; configurations-max: how
  many may be remembered at a completion. Gives a map of :valid?, which is true, false or :unknown.
  If false, the event :completion fits none of the :states that the history before it allows."
  [model initial operations deadline configurations-max]
  (let [spend (fn [configurations]
                (when (or (> configurations configurations-max)
                          (neg? (- deadline (System/nanoTime))))
                  (throw (ex-info "budget spent" {::spent true}))))]
    (try
      (search model (plain initial) (calls-of operations) spend)
      (catch clojure.lang.ExceptionInfo e
        (if (::spent (ex-data e))
          {:valid? :unknown}
          (throw e))))))
