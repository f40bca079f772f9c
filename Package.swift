// swift-tools-version: 6.2
// Needs: libssl-dev libxml2-dev libsqlite3-dev libcurl4-openssl-dev (scripts/test and scripts/serve install them).
// No Swift package is used. docs/ARCHITECTURE.md shows what each room is for and what it may know.
import PackageDescription

let strict: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .strictMemorySafety(),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    // An async function without an actor of its own stays on its caller's: a lane's service never leaves the lane.
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

let strictC: [CSetting] = [.unsafeFlags(["-Wall", "-Wextra", "-Werror"])]

// Functions of libraries are looked up when the program starts. A look-up at the first call saves the registers on the
// thread's stack, and in them what was copied last, which may be a secret. The table of functions is read-only then, too.
let boundAtStart: [LinkerSetting] = [.unsafeFlags(["-Xlinker", "-z", "-Xlinker", "now"])]

/// A room: a target of its own below the program's folder, so that the compiler keeps the house plan.
func room(_ name: String, knows: [Target.Dependency] = [], resources: [Resource]? = nil) -> Target {
    .target(
        name: name, dependencies: knows, path: "Sources/ResultsReceiver/\(name)", resources: resources,
        swiftSettings: strict)
}

/// The status table made executable: its manifest, its messages and the enrolments they need.
let samples: [Resource] = [
    "manifest.json", "enrolments.csv", "message.xml", "other-part.xml", "bare.xml", "score-too-high.xml",
    "wrong-order.xml", "no-student-id.xml", "impossible-day.xml", "cut-off.xml", "latin-1.xml", "doctype.xml",
].map { .embedInCode("../../../Resources/samples/\($0)") }

let rooms: [Target] = [
    room("Log"),
    room("Metrics"),
    room("HTTP"),
    room("Net", knows: ["CSystem", "Log"]),
    room("TLS", knows: ["CTLS", "Net"]),
    room("Server", knows: ["Net", "HTTP", "Log"]),
    room("Admin", knows: ["HTTP", "Metrics"]),
    room("Signature", knows: ["CHMAC"]),
    room("Results"),
    room("Schema", knows: ["CLibXML2", "Results"], resources: [.embedInCode("../../../Resources/results.xsd")]),
    room("Registry", knows: ["CSQLite", "Results", "Log", "Metrics"]),
    room("Receiver", knows: ["HTTP", "Log", "Metrics", "Signature", "Results", "Schema", "Registry"]),
    room("Configuration", knows: ["HTTP", "Net", "Signature", "Results", "Schema"]),
    room("Client", knows: ["CCurl"]),
    room("Samples", knows: ["Signature"], resources: samples),
]

let package = Package(
    name: "ResultsReceiver",
    products: [.executable(name: "results-receiver", targets: ["ResultsReceiver"])],
    targets: rooms + [
        .executableTarget(
            name: "ResultsReceiver", dependencies: rooms.map { .target(name: $0.name) } + ["CSystem"],
            exclude: rooms.map(\.name), swiftSettings: strict, linkerSettings: boundAtStart),
        .target(name: "CHMAC", cSettings: strictC, linkerSettings: [.linkedLibrary("crypto")]),
        .target(
            name: "CTLS", cSettings: strictC, linkerSettings: [.linkedLibrary("ssl"), .linkedLibrary("crypto")]),
        .target(name: "CSystem", cSettings: strictC),
        .systemLibrary(name: "CLibXML2", pkgConfig: "libxml-2.0", providers: [.apt(["libxml2-dev"])]),
        .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        .target(name: "CCurl", cSettings: strictC, linkerSettings: [.linkedLibrary("curl")]),
        .testTarget(
            name: "ResultsReceiverTests",
            dependencies: [.target(name: "ResultsReceiver")] + rooms.map { .target(name: $0.name) } + [
                "CHMAC", "CSQLite",
            ],
            exclude: [], swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6]
)
