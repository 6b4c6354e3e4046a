// A signal that ends a request after so many milliseconds. `AbortSignal.timeout` is missing in browsers before 2022.

function timeLimit(ms) {
  if (AbortSignal.timeout) return AbortSignal.timeout(ms);
  const controller = new AbortController();
  setTimeout(() => controller.abort(), ms);
  return controller.signal;
}
