// One portfolio: its legs, its backtest on one account, and the way to trading it.
import { Button, Menu } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useNavigate, useParams } from "@tanstack/react-router";
import { dateTime, many } from "../../lib/format";
import { queryClient } from "../../lib/queries";
import { deletePortfolio, type Portfolio, portfolioQuery } from "../../lib/resources/portfolios";
import fields from "../../ui/fields.module.css";
import { Icon } from "../../ui/icon";
import { LinkButton } from "../../ui/link-button";
import { Page } from "../../ui/page";
import { Answer, Fault } from "../../ui/states";
import { BacktestPanel } from "./backtest-panel";
import { LegsPanel } from "./legs-panel";
import { PromotionPanel } from "./promotion-panel";

export default function PortfolioPage() {
  const { portfolioId = "" } = useParams({ strict: false });
  const query = useQuery(portfolioQuery(portfolioId));
  const portfolio = query.data?.data;
  return (
    <Page
      title={portfolio?.name ?? "Portfolio"}
      subtitle={
        portfolio
          ? `${many(portfolio.legs.length, "leg")}, changed ${dateTime(portfolio.updated_at)} UTC`
          : null
      }
      actions={portfolio ? <Acts portfolio={portfolio} /> : null}
    >
      <Answer query={query} rows={10}>
        {({ data, etag }) => (
          <div className={fields.stack}>
            <LegsPanel
              key={data.revision}
              portfolio={data}
              etag={etag}
              reload={() => void query.refetch()}
            />
            <BacktestPanel portfolioId={data.id} />
            <PromotionPanel subject={{ portfolio_id: data.id }} />
          </div>
        )}
      </Answer>
    </Page>
  );
}

function Acts({ portfolio }: { portfolio: Portfolio }) {
  const navigate = useNavigate();
  const remove = useMutation({
    mutationFn: () => deletePortfolio(portfolio.id),
    onSuccess: () => {
      void queryClient.invalidateQueries({ queryKey: ["portfolios", "list"] });
      void navigate({ to: "/portfolios" });
    },
  });
  const source = portfolio.source?.autobuild_id;
  return (
    <>
      <Fault error={remove.error} />
      {typeof source === "string" ? (
        <LinkButton
          variant="default"
          to="/autobuilds/$autobuildId"
          params={{ autobuildId: source }}
        >
          Its AutoBuild
        </LinkButton>
      ) : null}
      <Menu position="bottom-end">
        <Menu.Target>
          <Button variant="default" aria-label="More acts">
            <Icon name="down" size={14} />
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={() => remove.mutate()}>
            Delete; what already trades it goes on
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </>
  );
}
