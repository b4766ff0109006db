@NullMarked
package dev.runnel.sftp;

import org.jspecify.annotations.NullMarked;
