// What the process does to itself before it serves.
#ifndef FIREWORKS_SERVICE_SERVER_PROCESS_H_
#define FIREWORKS_SERVICE_SERVER_PROCESS_H_

namespace fireworks::server {

// No core dump and no debugger of the same user, because keys are in memory; as many
// open files as the system allows. To be called first, before any thread exists.
void HardenProcess();

// Blocks of 64 KiB and more, as the parts of large bodies are, go back to the system when
// they are freed. By itself malloc takes the largest that it has seen for ordinary, and
// keeps as much. To be called first.
void ReturnLargeBlocks();

}  // namespace fireworks::server

#endif  // FIREWORKS_SERVICE_SERVER_PROCESS_H_
