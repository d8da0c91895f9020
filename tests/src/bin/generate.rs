//! Writes `ui/src/rpc/generated.ts` from the one list of requests (`make generate`).

fn main() -> std::io::Result<()> {
    std::fs::write(
        hotfix_tests::root().join("ui/src/rpc/generated.ts"),
        hotfix_core::api::typescript(),
    )
}
