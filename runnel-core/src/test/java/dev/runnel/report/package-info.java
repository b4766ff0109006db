@NullMarked
package dev.runnel.report;

import org.jspecify.annotations.NullMarked;
