/**
 * The TLA+ specifications as files: whoever runs a model checker copies them to where it reads, and
 * whoever must speak their vocabulary asks for the actions of a module.
 */
package landfall.specs;
