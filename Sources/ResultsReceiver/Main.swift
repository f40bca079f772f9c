/// The program `results-receiver`.
@main
struct Main {
    static func main() {}
}
