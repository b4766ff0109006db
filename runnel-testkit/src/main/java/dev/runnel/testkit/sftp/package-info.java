/** SFTP servers on the loopback interface, for tests. */
@NullMarked
package dev.runnel.testkit.sftp;

import org.jspecify.annotations.NullMarked;
