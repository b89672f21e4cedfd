import type { CreationOptional, InferAttributes, InferCreationAttributes } from 'sequelize'
import { Column, DataType, Model, Table } from 'sequelize-typescript'

@Table({
  tableName: 'coupons',
  paranoid: true,
  underscored: true,
  createdAt: 'created_at',
  updatedAt: 'updated_at',
  deletedAt: 'deleted_at',
})
export class Coupon extends Model<InferAttributes<Coupon>, InferCreationAttributes<Coupon>> {
  /** A bigint, which JavaScript reads as text. */
  @Column({ type: DataType.BIGINT, primaryKey: true, autoIncrement: true })
  declare id: CreationOptional<string>

  @Column({ type: DataType.STRING(255), allowNull: false })
  declare name: string

  @Column({ type: DataType.INTEGER, allowNull: false })
  declare amount: number

  @Column({ type: DataType.INTEGER, allowNull: false })
  declare remaining_amount: number
}
