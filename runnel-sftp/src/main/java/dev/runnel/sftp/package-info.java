/** Object store on a server that speaks SFTP, the file transfer protocol of SSH. */
@NullMarked
package dev.runnel.sftp;

import org.jspecify.annotations.NullMarked;
