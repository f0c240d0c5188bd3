package dev.sluice.bench.measure;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

/** What /proc says, read rightly. */
final class ProcTest {

    @Test
    void cpuTimeIsTheFieldsAfterACommandOfAnyName() {
        String line = "4242 (a) b (c)) S 1 4242 4242 0 -1 4194560 3 0 0 0 1234 56 7 8 20 0 9 0 100 200 300";

        assertEquals(new Cpu(12_340_000, 560_000), Cpu.ofStat(line));
    }

    @Test
    void aLineThatIsNoneIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> Cpu.ofStat("4242 (sh) S 1 2"));
        assertThrows(IllegalArgumentException.class, () -> Cpu.ofStat(""));
    }

    @Test
    void memoryIsTheFieldOfThatVeryName() {
        String status = "Name:\tjava\nVmHWM:\t  2048 kB\nVmRSS:\t  1024 kB\n";

        assertEquals(2048, ProcessTree.statusKib(status, "VmHWM"));
        assertEquals(1024, ProcessTree.statusKib(status, "VmRSS"));
        assertEquals(0, ProcessTree.statusKib(status, "Vm"));
    }

    @Test
    void theMachineIsBusyWithAllButIdleAndWaiting() {
        MachineCpu cpu = MachineCpu.of("cpu  10 20 30 400 50 6 7 8 0 0\ncpu0 1 2 3 4 5 6 7 8 0 0\n");

        assertEquals(new MachineCpu(810_000, 5_310_000), cpu);
    }

    @Test
    void foreignWorkIsWhatNobodyKnowsOf() {
        MachineCpu machine = new MachineCpu(600, 1000);

        assertEquals(25, machine.foreignPercent(new Cpu(300, 50)), 1e-9);
        assertEquals(0, machine.foreignPercent(new Cpu(600, 50)), 1e-9);
    }

    @Test
    void ownCpuTimeAndMemoryAreThere() {
        assertTrue(ProcessTree.self().cpu().totalMicros() > 0);
        long resident = ProcessTree.self().residentKib();
        assertTrue(resident > 10_000, () -> resident + " KiB");
        long peak = ProcessTree.self().peakResidentKib();
        assertTrue(peak >= resident, () -> peak + " KiB at most, " + resident + " once");
    }

    @Test
    void aTreeHasTheChildrenToo() throws Exception {
        Process shell = new ProcessBuilder("sh", "-c", "sleep 60 & echo begun; wait").start();
        try (var output = shell.inputReader()) {
            assertEquals("begun", output.readLine());
            ProcessTree tree = ProcessTree.of(shell);
            assertEquals(2, tree.processes().count());
            assertEquals(0, tree.virtualMachines().count());
        } finally {
            shell.descendants().forEach(ProcessHandle::destroy);
            shell.destroy();
        }
    }

    @Test
    void fieldsOfOtherFilesAreFoundByName() {
        assertEquals("Some CPU", Machine.field("processor\t: 0\nmodel name\t: Some CPU\n", "model name", ":"));
        assertEquals("unknown", Machine.field("", "model name", ":"));
    }

    @Test
    void theMedianIsTheMiddle() {
        assertEquals(2, Median.of(List.of(9, 1, 2), Integer::doubleValue));
        assertEquals(2.5, Median.of(List.of(4, 1, 2, 3), Integer::doubleValue));
        assertThrows(IllegalArgumentException.class, () -> Median.of(List.of(), item -> 0));
    }
}
