package dev.runnel.arch;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.constructors;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaConstructor;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What {@code docs/ARCHITECTURE.md} says of packages, and what may be called only in one place. */
class ArchitectureTest {

    private static final String ROOT = "dev.runnel";

    /** Each package may use those before it. {@code storage.memory} and {@code storage.file} belong to storage. */
    private static final List<String> ORDER = List.of(
            "model", "json", "ltx", "wal", "storage", "source", "lease", "archive", "capture", "compact", "retain",
            "restore", "verify", "legacy", "report", "engine", "");

    private static final JavaClasses MAIN = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages(ROOT);

    private static int rank(JavaClass type) {
        String name = type.getPackageName();
        String first =
                name.equals(ROOT) ? "" : name.substring(ROOT.length() + 1).split("\\.", 2)[0];
        return ORDER.indexOf(first);
    }

    @Test
    void somethingIsChecked() {
        assertThat(MAIN).hasSizeGreaterThan(100);
        assertThat(MAIN).as("every package has its place in the order").allMatch(type -> rank(type) >= 0);
    }

    @Test
    void packagesUseOnlyThoseBeforeThem() {
        classes()
                .should(new ArchCondition<JavaClass>("use only packages that come before their own") {
                    @Override
                    public void check(JavaClass type, ConditionEvents events) {
                        for (Dependency dependency : type.getDirectDependenciesFromSelf()) {
                            JavaClass target = dependency.getTargetClass().getBaseComponentType();
                            if (target.getPackageName().startsWith(ROOT) && rank(target) > rank(type)) {
                                events.add(SimpleConditionEvent.violated(type, dependency.getDescription()));
                            }
                        }
                    }
                })
                .because("one direction keeps each part testable by itself: " + ORDER)
                .check(MAIN);
    }

    @Test
    void packagesFormNoCycle() {
        slices().matching(ROOT + ".(*)..")
                .should()
                .beFreeOfCycles()
                .because("a cycle is one package that pretends to be two")
                .check(MAIN);
    }

    @Test
    void theStoresUseOnlyThePort() {
        noClasses()
                .that()
                .resideInAPackage(ROOT + ".storage")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(ROOT + ".storage.memory..", ROOT + ".storage.file..")
                .because("the port does not know its stores")
                .check(MAIN);
    }

    private static void onlyIn(String allowed, String what, String because, Set<String> members) {
        DescribedPredicate<JavaAccess<?>> forbidden = DescribedPredicate.describe(
                what,
                access -> members.contains(access.getTargetOwner().getFullName() + "."
                                + access.getTarget().getName())
                        || members.contains(access.getTargetOwner().getFullName()));
        ArchRule rule = noClasses()
                .that(DescribedPredicate.describe(
                        "are not " + (allowed.isEmpty() ? "exempt" : allowed),
                        type -> !outermost(type).matches(allowed)))
                .should()
                .accessTargetWhere(forbidden)
                .because(because);
        rule.check(MAIN);
    }

    private static String outermost(JavaClass type) {
        String name = type.getFullName();
        int nested = name.indexOf('$');
        return nested < 0 ? name : name.substring(0, nested);
    }

    @Test
    void timeComesFromTheTimeSource() {
        onlyIn(
                "dev\\.runnel\\.engine\\.SystemTime",
                "a clock of the system",
                "time comes from dev.runnel.model.TimeSource, so that a test can drive it by hand",
                Set.of(
                        "java.lang.System.currentTimeMillis",
                        "java.lang.System.nanoTime",
                        "java.time.Instant.now",
                        "java.time.Clock.systemUTC",
                        "java.time.Clock.systemDefaultZone",
                        "java.time.Clock.system",
                        "java.time.LocalDate.now",
                        "java.time.LocalDateTime.now",
                        "java.time.OffsetDateTime.now",
                        "java.time.ZonedDateTime.now"));
    }

    @Test
    void nothingSleeps() {
        onlyIn(
                "",
                "a sleep",
                "waiting is the scheduler's business; a sleeping task holds a thread and makes tests slow",
                Set.of(
                        "java.lang.Thread.sleep",
                        "java.util.concurrent.TimeUnit.sleep",
                        "java.util.concurrent.locks.LockSupport.parkNanos"));
    }

    @Test
    void randomnessComesThroughTheBuilders() {
        onlyIn(
                "dev\\.runnel\\.(Runnel|Restore)",
                "randomness",
                "randomness enters through the builders of the root package, so that a seed replays a test",
                Set.of(
                        "java.util.Random",
                        "java.lang.Math.random",
                        "java.util.concurrent.ThreadLocalRandom.current",
                        "java.util.SplittableRandom"));
    }

    @Test
    void nothingIsPrinted() {
        onlyIn(
                "",
                "standard output or another logger",
                "a library logs through slf4j, and leaves the terminal to the program",
                Set.of(
                        "java.lang.System.out",
                        "java.lang.System.err",
                        "java.lang.Throwable.printStackTrace",
                        "java.util.logging.Logger",
                        "java.util.logging.Level",
                        "java.util.logging.LogManager"));
    }

    /** A second descriptor on a database or its index, when closed, drops every lock of the process on it. */
    @Test
    void onlyTheRegistryOpensDatabases() {
        DescribedPredicate<JavaAccess<?>> opening = DescribedPredicate.describe(
                "a call that opens a file", access -> opensAFile(access.getTargetOwner(), access.getName()));
        Set<String> allowed = Set.of(
                "dev.runnel.source.DescriptorRegistry",
                // The -wal carries no locks.
                "dev.runnel.source.AttachedDatabase$WalFile",
                // Reads /proc/locks.
                "dev.runnel.source.KernelLocks");
        noClasses()
                .that()
                .resideInAPackage(ROOT + ".source..")
                .and(DescribedPredicate.describe(
                        "are not " + allowed, (JavaClass type) -> !allowed.contains(type.getFullName())))
                .should()
                .accessTargetWhere(opening)
                .because("record locks belong to process and file: closing any descriptor of the file drops them all")
                .check(MAIN);
    }

    private static boolean opensAFile(JavaClass owner, String member) {
        String name = owner.getFullName();
        return (name.equals("java.nio.channels.FileChannel") && member.equals("open"))
                || (name.equals("java.nio.file.Files")
                        && (member.startsWith("new")
                                || (member.startsWith("read") && !member.equals("readAttributes"))
                                || member.startsWith("write")
                                || member.startsWith("copy")
                                || member.equals("lines")
                                || member.equals("mismatch")))
                || name.startsWith("java.io.RandomAccessFile")
                || name.startsWith("java.io.File");
    }

    /** An interrupted thread closes the channel that it reads, and with it go the locks. */
    @Test
    void theSourceIsNotInterrupted() {
        noClasses()
                .that()
                .resideInAnyPackage(ROOT + ".source..", ROOT + ".capture..")
                .should()
                .callMethod(Thread.class, "interrupt")
                .because("an interrupt closes the channel that is being read, and with it go the locks")
                .check(MAIN);
    }

    @Test
    void everyPackageIsNullMarked() {
        assertThat(MAIN.stream().map(JavaClass::getPackage).distinct())
                .as("absence is written down: package-info.java has @NullMarked")
                .allMatch(located -> located.isAnnotatedWith("org.jspecify.annotations.NullMarked"));
    }

    @Test
    void constructorsAreShort() {
        constructors()
                .that(DescribedPredicate.describe(
                        "are not those of records",
                        (JavaConstructor constructor) -> !constructor.getOwner().isRecord()))
                .should(new ArchCondition<JavaConstructor>("have at most six parameters") {
                    @Override
                    public void check(JavaConstructor constructor, ConditionEvents events) {
                        if (constructor.getRawParameterTypes().size() > 6) {
                            events.add(SimpleConditionEvent.violated(constructor, constructor.getDescription()));
                        }
                    }
                })
                .because("who needs more has too many tasks, or a record that has no name yet")
                .check(MAIN);
    }

    @Test
    void nobodyKeepsStaticState() {
        classes()
                .should(new ArchCondition<JavaClass>("have final static fields only") {
                    @Override
                    public void check(JavaClass type, ConditionEvents events) {
                        type.getFields().stream()
                                .filter(field -> field.getModifiers()
                                        .contains(com.tngtech.archunit.core.domain.JavaModifier.STATIC))
                                .filter(field -> !field.getModifiers()
                                        .contains(com.tngtech.archunit.core.domain.JavaModifier.FINAL))
                                .forEach(field ->
                                        events.add(SimpleConditionEvent.violated(field, field.getDescription())));
                    }
                })
                .because("two engines in one process must not meet in a static field")
                .check(MAIN);
    }
}
