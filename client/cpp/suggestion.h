// What somebody may have meant who misspelled a name. Pure functions.
#ifndef FIREWORKS_CLIENT_CPP_SUGGESTION_H_
#define FIREWORKS_CLIENT_CPP_SUGGESTION_H_

#include <string>
#include <vector>

namespace fireworks::client {

// Of `candidates` those that `wrong` could be a misspelling of, the likeliest first, at
// most three.
std::vector<std::string> Suggestions(const std::string& wrong,
                                     const std::vector<std::string>& candidates);

// `; did you mean 'a', 'b'?`, or nothing.
std::string DidYouMean(const std::vector<std::string>& suggestions);

}  // namespace fireworks::client

#endif  // FIREWORKS_CLIENT_CPP_SUGGESTION_H_
