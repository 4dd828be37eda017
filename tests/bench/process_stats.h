// What the kernel tells of another process: CPU time and memory.
//
// Functions without state. All give 0 for a process that is gone.
#ifndef FIREWORKS_TESTS_BENCH_PROCESS_STATS_H_
#define FIREWORKS_TESTS_BENCH_PROCESS_STATS_H_

#include <sys/types.h>

namespace fireworks::bench {

// User and system time of all its threads, ended ones too, in seconds. To the nanosecond,
// rather than the ticks of /proc. 0 means this process.
double CpuSeconds(pid_t pid);

// Memory that is resident now, in bytes.
long ResidentBytes(pid_t pid);

// The most that was resident since the start, or since ForgetPeak.
long PeakResidentBytes(pid_t pid);

// Lets the peak begin anew at what is resident now. Needs the right to write to the
// process, as its parent's user has it.
void ForgetPeak(pid_t pid);

}  // namespace fireworks::bench

#endif  // FIREWORKS_TESTS_BENCH_PROCESS_STATS_H_
