// One AutoBuild: how it goes while it runs, what it found when it is done.
import { Button, Menu } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useNavigate, useParams } from "@tanstack/react-router";
import { dateTime } from "../../lib/format";
import { downloadAddress } from "../../lib/http";
import { queryClient } from "../../lib/queries";
import { remember } from "../../lib/remembered";
import {
  type AutoBuild,
  autobuildQuery,
  autobuildResultQuery,
  deleteAutobuild,
  ended,
} from "../../lib/resources/autobuilds";
import { Icon } from "../../ui/icon";
import { Page } from "../../ui/page";
import { Answer, Fault } from "../../ui/states";
import { State } from "../../ui/value";
import { BuildProgress } from "./build-progress";
import { Results } from "./results";
import { SavePortfolio } from "./save-portfolio";
import { useSteps } from "./step-stream";

export default function BuildPage() {
  const { autobuildId = "" } = useParams({ strict: false });
  const query = useQuery(autobuildQuery(autobuildId));
  const build = query.data;
  const steps = useSteps(autobuildId, build !== undefined && !ended(build));
  const result = useQuery({
    ...autobuildResultQuery(autobuildId),
    enabled: build?.status === "done",
  });
  return (
    <Page
      title={build ? build.name : "AutoBuild"}
      subtitle={
        build ? (
          <>
            Asked {dateTime(build.created_at)} UTC <State state={build.status} />
          </>
        ) : null
      }
      actions={build ? <Acts build={build} legs={result.data?.portfolio.legs.length ?? 0} /> : null}
    >
      <Answer query={query} rows={10}>
        {(known) =>
          known.status === "done" ? (
            <Answer query={result} rows={10}>
              {(findings) => <Results build={known} findings={findings} steps={steps} />}
            </Answer>
          ) : (
            <BuildProgress build={known} steps={steps} />
          )
        }
      </Answer>
    </Page>
  );
}

function Acts({ build, legs }: { build: AutoBuild; legs: number }) {
  const navigate = useNavigate();
  const remove = useMutation({
    mutationFn: () => deleteAutobuild(build.id),
    onSuccess: () => {
      void queryClient.invalidateQueries({ queryKey: ["autobuilds", "list"] });
      void navigate({ to: "/autobuilds" });
    },
  });
  const again = () => {
    remember(build.id, build.constraints);
    void navigate({ to: "/autobuilds/new", search: { like: build.id } });
  };
  return (
    <>
      <Fault error={remove.error} />
      {build.status === "done" && legs > 0 ? <SavePortfolio build={build} /> : null}
      <Button variant="default" onClick={again}>
        Change and run again
      </Button>
      {ended(build) ? (
        <Menu position="bottom-end">
          <Menu.Target>
            <Button variant="default" aria-label="More acts">
              <Icon name="down" size={14} />
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            {build.status === "done" ? (
              <Menu.Item
                component="a"
                href={downloadAddress(`/autobuilds/${build.id}/result`)}
                download={`autobuild-${build.id}.json`}
              >
                Result as JSON
              </Menu.Item>
            ) : null}
            <Menu.Item onClick={() => remove.mutate()}>
              Delete; the ledger keeps its lines
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      ) : null}
    </>
  );
}
