package dev.sluice.deploy;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackages;
import static com.tngtech.archunit.lang.conditions.ArchPredicates.are;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.EventBus;
import io.vertx.core.shareddata.SharedData;
import java.io.Serializable;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.NullMarked;

/** The rules of {@code docs/architecture.md}, over the classes of all modules. */
@AnalyzeClasses(
        packages = "dev.sluice",
        importOptions = {ImportOption.DoNotIncludeTests.class, ArchitectureTest.NoTestJar.class})
final class ArchitectureTest {

    /** The testkit is no part of the gateway. */
    static final class NoTestJar implements ImportOption {
        @Override
        public boolean includes(Location location) {
            return !location.contains("/testkit/") && !location.contains("/test-classes/");
        }
    }

    private static final String[] DATA_PLANE = {
        "dev.sluice.proxy..",
        "dev.sluice.route..",
        "dev.sluice.filter..",
        "dev.sluice.limit..",
        "dev.sluice.stream..",
        "dev.sluice.upstream..",
        "dev.sluice.balance.."
    };

    // --- modules: arrows point up only ---

    @ArchTest
    static final ArchRule extensionModulesKnowTheSpiOnly = noClasses()
            .that()
            .resideInAnyPackage("dev.sluice.cluster..", "dev.sluice.grpc..", "dev.sluice.k8s..")
            .should()
            .dependOnClassesThat(resideInAnyPackage("dev.sluice..")
                    .and(resideOutsideOfPackages(
                            "dev.sluice.spi..",
                            "dev.sluice.config..",
                            "dev.sluice.filter..",
                            "dev.sluice.failure..",
                            "dev.sluice.observe..",
                            "dev.sluice.cluster..",
                            "dev.sluice.grpc..",
                            "dev.sluice.k8s..")))
            .allowEmptyShould(true);

    @ArchTest
    static final ArchRule extensionModulesDoNotKnowEachOther = slices().matching("dev.sluice.(cluster|grpc|k8s)..")
            .should()
            .notDependOnEachOther()
            .allowEmptyShould(true);

    @ArchTest
    static final ArchRule nothingKnowsDeploy = noClasses()
            .that()
            .resideOutsideOfPackage("dev.sluice.deploy..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("dev.sluice.deploy..");

    @ArchTest
    static final ArchRule theGatewayKnowsNoExtensionModule = noClasses()
            .that()
            .resideOutsideOfPackages(
                    "dev.sluice.deploy..", "dev.sluice.cluster..", "dev.sluice.grpc..", "dev.sluice.k8s..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("dev.sluice.cluster..", "dev.sluice.grpc..", "dev.sluice.k8s..");

    @ArchTest
    static final ArchRule packagesHaveNoCycles =
            slices().matching("dev.sluice.(**)").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule configDependsOnNothingElse = noClasses()
            .that()
            .resideInAPackage("dev.sluice.config")
            .should()
            .dependOnClassesThat(resideInAnyPackage("dev.sluice..").and(resideOutsideOfPackages("dev.sluice.config")));

    // --- libraries stay in their place ---

    @ArchTest
    static final ArchRule nettyAndVertxInternalsOnlyInWire = noClasses()
            .that()
            .resideOutsideOfPackage("dev.sluice.wire..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.netty..", "io.vertx..impl..", "io.vertx..internal..");

    @ArchTest
    static final ArchRule vertxSpiOnlyInWireAndCluster = noClasses()
            .that()
            .resideOutsideOfPackages("dev.sluice.wire..", "dev.sluice.cluster..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.vertx.core.spi..");

    @ArchTest
    static final ArchRule eventBusOnlyInBus = noClasses()
            .that()
            .resideOutsideOfPackages("dev.sluice.bus..", "dev.sluice.cluster..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.vertx.core.eventbus..");

    @ArchTest
    static final ArchRule vertxWebOnlyInAdmin = noClasses()
            .that()
            .resideOutsideOfPackage("dev.sluice.admin..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.vertx.ext.web..");

    @ArchTest
    static final ArchRule hazelcastOnlyInCluster = noClasses()
            .that()
            .resideOutsideOfPackage("dev.sluice.cluster..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("com.hazelcast..");

    @ArchTest
    static final ArchRule protobufAndVertxGrpcOnlyInGrpc = noClasses()
            .that()
            .resideOutsideOfPackage("dev.sluice.grpc..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.vertx.grpc..", "com.google.protobuf..", "io.grpc..");

    @ArchTest
    static final ArchRule commandLineLibrariesOnlyInDeploy = noClasses()
            .that()
            .resideOutsideOfPackage("dev.sluice.deploy..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("picocli..", "ch.qos.logback..");

    @ArchTest
    static final ArchRule certificatesAreMadeInDeployAndCluster = noClasses()
            .that()
            .resideOutsideOfPackages("dev.sluice.deploy..", "dev.sluice.cluster..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.bouncycastle..");

    // --- the data plane: one loop, no waiting, no sharing ---

    @ArchTest
    static final ArchRule dataPlaneNeitherLocksNorShares = noClasses()
            .that()
            .resideInAnyPackage(DATA_PLANE)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("java.util.concurrent.locks..", "java.util.concurrent.atomic..")
            .orShould()
            .dependOnClassesThat()
            .areAssignableTo(EventBus.class)
            .orShould()
            .dependOnClassesThat()
            .areAssignableTo(SharedData.class)
            .orShould()
            .callMethodWhere(DescribedPredicate.describe(
                    "executeBlocking is called",
                    call -> call.getTarget().getName().equals("executeBlocking")
                            && call.getTargetOwner().isAssignableTo(Vertx.class)));

    @ArchTest
    static final ArchRule dataPlaneHasNoSynchronizedMethods = methods()
            .that()
            .areDeclaredInClassesThat(are(resideInAnyPackage(DATA_PLANE)))
            .should()
            .notHaveModifier(JavaModifier.SYNCHRONIZED);

    @ArchTest
    static final ArchRule dataPlaneHasNoStaticState = fields().that()
            .areDeclaredInClassesThat(are(resideInAnyPackage(DATA_PLANE)))
            .and()
            .areStatic()
            .should()
            .beFinal();

    // --- conventions ---

    @ArchTest
    static final ArchRule nobodySleeps = noClasses()
            .should()
            .callMethod(Thread.class, "sleep", long.class)
            .orShould()
            .callMethod(Thread.class, "sleep", long.class, int.class);

    @ArchTest
    static final ArchRule wallClockOnlyWherePeopleReadIt = noClasses()
            .that()
            .resideOutsideOfPackages("dev.sluice.observe..", "dev.sluice.deploy..")
            .should()
            .callMethod(System.class, "currentTimeMillis");

    @ArchTest
    static final ArchRule standardStreamsOnlyInDeployAndTheAccessLog = noClasses()
            .that()
            .resideOutsideOfPackages("dev.sluice.deploy..", "dev.sluice.observe..")
            .should()
            .accessField(System.class, "out")
            .orShould()
            .accessField(System.class, "err");

    @ArchTest
    static final ArchRule stackTracesOnlyForDebug = noClasses()
            .that()
            .doNotHaveFullyQualifiedName("dev.sluice.deploy.GatewayMain")
            .should()
            .callMethodWhere(DescribedPredicate.describe(
                    "printStackTrace is called",
                    call -> call.getTarget().getName().equals("printStackTrace")
                            && call.getTargetOwner().isAssignableTo(Throwable.class)));

    @ArchTest
    static final ArchRule nothingIsSerializable = classes()
            .that()
            .areNotEnums()
            .and()
            .areNotAssignableTo(Throwable.class)
            .and()
            .areNotAssignableTo("com.hazelcast.map.EntryProcessor") // which asks for it; its own format is another
            .should()
            .notBeAssignableTo(Serializable.class);

    @ArchTest
    static final ArchRule classesAreFinalOrMeantToBeExtended = classes()
            .that()
            .areNotInterfaces()
            .and()
            .areNotEnums()
            .and()
            .areNotAnonymousClasses()
            .should()
            .haveModifier(JavaModifier.FINAL)
            .orShould()
            .haveModifier(JavaModifier.ABSTRACT);

    @ArchTest
    static final ArchRule namesSayWhatAClassDoes = noClasses()
            .should()
            .haveSimpleNameEndingWith("Util")
            .orShould()
            .haveSimpleNameEndingWith("Utils")
            .orShould()
            .haveSimpleNameEndingWith("Helper")
            .orShould()
            .haveSimpleNameEndingWith("Manager")
            .orShould()
            .haveSimpleNameEndingWith("Impl");

    @ArchTest
    static void everyPackageIsNullMarked(JavaClasses classes) {
        Set<String> unmarked = new TreeSet<>();
        for (JavaClass type : classes) {
            if (!type.getPackage().isAnnotatedWith(NullMarked.class)) {
                unmarked.add(type.getPackageName());
            }
        }
        if (!unmarked.isEmpty()) {
            throw new AssertionError("packages without @NullMarked in package-info: " + unmarked);
        }
    }
}
