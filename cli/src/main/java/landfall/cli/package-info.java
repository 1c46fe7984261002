/**
 * The {@code landfall} command: one class per subcommand, and nothing that the modules below know.
 */
package landfall.cli;
