import HTTP

/// A receiver of content that does what a test says.
struct TestReceiver: ContentReceiver {
    let limit: Int
    private let answer: @Sendable ([UInt8]) async -> Response

    init(limit: Int, answer: @escaping @Sendable ([UInt8]) async -> Response) {
        self.limit = limit
        self.answer = answer
    }

    func receive(_ content: [UInt8]) async -> Response { await answer(content) }
}
