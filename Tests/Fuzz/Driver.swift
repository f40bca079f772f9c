// The way from libFuzzer to a target. `scripts/fuzz` adds the file that says which target `Target` is.

import Glibc

/// Made at the first input, and kept: what a target keeps between inputs is reused as a lane reuses it.
nonisolated(unsafe) private var target = made(Target.self)

private func made<Made: FuzzTarget>(_ type: Made.Type) -> Made {
    do { return try Made() } catch { fatalError("the target could not be made: \(error)") }
}

/// libFuzzer calls this with every input, always on the same thread. A finding ends the process.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
    let input = unsafe Array(UnsafeBufferPointer(start: data, count: size))
    unsafe run(&target, input)
    return 0
}

private func run(_ target: inout some FuzzTarget, _ input: [UInt8]) {
    do { try target.run(input) } catch { fatalError("\(error)") }
}
